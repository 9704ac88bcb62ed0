package dev.gatehouse.audit.export;

import dev.gatehouse.audit.control.ControlLogReader.Place;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.NodeSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Keeps the nodes used last, since the paths of entries that follow each other share most of
 * theirs, and asks for all those at once that a block of entries completes. For one thread.
 */
final class StoredNodes implements NodeSource {

  /** How many are kept: those of some blocks, since paths also lead over the end of the tree. */
  static final int KEPT_MAX = 16_384;

  /** The level of the node that a block of entries has in common: 1,024 entries. */
  private static final int BLOCK_LEVEL = 10;

  private final ControlEntries source;

  private final Map<Place, Hash> kept =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Hash> eldest) {
          return size() > KEPT_MAX;
        }
      };

  StoredNodes(ControlEntries source) {
    this.source = source;
  }

  @Override
  public Hash node(int level, long index) {
    Place place = new Place(level, index);
    Hash hash = kept.get(place);
    if (hash == null) {
      kept.putAll(load(place));
      hash = kept.get(place);
    }
    if (hash == null) {
      throw new IllegalStateException(
          "the tree of the control log lacks node " + index + " of level " + level);
    }
    return hash;
  }

  /** The node with those that it is likely to be needed with. */
  private Map<Place, Hash> load(Place place) {
    if (place.level() <= BLOCK_LEVEL) {
      long block = place.index() << place.level() >> BLOCK_LEVEL;
      return source.nodesCompleted(block << BLOCK_LEVEL, (block + 1) << BLOCK_LEVEL);
    }
    long behind = (place.index() + 1) << place.level();
    return source.nodesCompleted(behind - 1, behind);
  }
}
