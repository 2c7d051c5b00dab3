declare var Plotly: {
  newPlot(root: Element, data: object[], layout: object, config?: object): Promise<unknown>;
  react(root: Element, data: object[], layout: object, config?: object): Promise<unknown>;
  relayout(root: Element, changes: object): Promise<unknown>;
  toImage(root: Element, format: { format: string; width: number; height: number }): Promise<string>;
  purge(root: Element): void;
};
