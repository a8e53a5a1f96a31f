/** What both sides of a comparison share, so that neither is measured with a setting the other lacks. */
export interface PeerSettings {
  /** The folder for what is fetched. */
  cacheFolder: string;
  /** The GGUF file that both sides load. */
  modelPath: string;
  threads: number;
  /** Requests decoded side by side. */
  parallel: number;
  /** Positions a request may take. */
  contextLength: number;
}
