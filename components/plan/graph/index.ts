export { renderMermaid } from "./mermaid";
export { withPatterns } from "./patterns";
export { pictureOf, type Picture, type PictureLink, type PictureSite } from "./picture";
export { renderSvg } from "./svg";
