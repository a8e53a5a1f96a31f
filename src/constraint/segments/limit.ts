import { type Configuration, isSegmentPlace, literalMachine, TextSegment } from "../../grammar/index.js";

/** The text with a token limit that the matcher is inside of. */
export function limitedText({ places }: Configuration): TextSegment | undefined {
  const [place] = places;
  if (places.length !== 1 || !isSegmentPlace(place) || place.segment.maxTokens === undefined)
    return undefined;
  return place.segment;
}

/** The same position, with only the shortest rest of the text left to write. */
export function closedText(configuration: Configuration): Configuration {
  const [place] = configuration.places;
  if (!isSegmentPlace(place)) return configuration;
  let closed = place.closed;
  if (closed === undefined) {
    const { segment } = place;
    const machine = literalMachine(segment.machine.closing(place.state));
    place.closed = closed = new TextSegment(machine, {
      isTag: segment.isTag,
      follow: (_label, outer) => segment.after(0, outer),
    });
  }
  return closed.begin(configuration.outers[0]);
}
