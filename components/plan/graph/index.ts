export { renderMermaid } from "./mermaid";
export { pictureOf, type Picture, type PictureLink, type PictureSite } from "./picture";
export { renderSvg } from "./svg";
