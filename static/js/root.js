// @ts-check
/** Where the server's addresses begin. A page that lies deeper says so: data-root="../". */
export const ROOT = new URL(document.documentElement.dataset.root ?? "./", document.baseURI);
