/** Where agents find the certificate that they check brokers by. */
export const agentsAuthorityFile = "/etc/buswide-authority.pem";
