/**
 * The environment variable that has the program leave the measurement out. By the environment, for it says nothing about what is
 * deployed.
 */
export const onlyDeployVariable = "BUSWIDE_ONLY_DEPLOY";
