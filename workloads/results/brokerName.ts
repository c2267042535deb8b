/** The name of a broker by that of its service, `<site>/<service>`: brokers are the containers that they run in. */
export function brokerOf(service: string): string {
  return service.replace("/", "-");
}
