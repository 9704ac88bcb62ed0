package dev.gatehouse.audit.export;

import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.NodeSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Keeps the nodes used last, since the paths of entries that follow each other share most of
 * theirs. For one thread.
 */
final class StoredNodes implements NodeSource {

  /** How many are kept. */
  static final int KEPT_MAX = 4096;

  private final NodeSource source;

  private final Map<Place, Hash> kept =
      new LinkedHashMap<>(KEPT_MAX, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Hash> eldest) {
          return size() > KEPT_MAX;
        }
      };

  private record Place(int level, long index) {}

  StoredNodes(NodeSource source) {
    this.source = source;
  }

  @Override
  public Hash node(int level, long index) {
    Place place = new Place(level, index);
    Hash hash = kept.get(place);
    if (hash == null) {
      hash = source.node(level, index);
      kept.put(place, hash);
    }
    return hash;
  }
}
