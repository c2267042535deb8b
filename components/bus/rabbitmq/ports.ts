/** Ports of RabbitMQ for AMQP 0-9-1: plain, and over TLS (https://www.rabbitmq.com/docs/networking#ports). */
export function portOf(tls: boolean): number {
  return tls ? 5671 : 5672;
}

/** Where a broker tells figures (https://www.rabbitmq.com/docs/prometheus). */
export const figuresPort = 15692;
