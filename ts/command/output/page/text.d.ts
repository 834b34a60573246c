/** Files that the build inserts as text: scripts bundled for a browser, and styles. */
declare module '*?text' {
  const text: string;
  export default text;
}
