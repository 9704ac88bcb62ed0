package dev.gatehouse.metrics;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.metrics.VersionSeries.Key;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The open versions of models, counted by how many have each open. Versions beyond the bound share
 * the series of the model {@code other}.
 */
final class ModelTable {

  private static final Key OTHER =
      new Key(new ModelName(Labels.OTHER), new VersionId(Labels.OTHER));

  private final MeterRegistry registry;
  private final int versionsMax;
  private final Consumer<ModelName> onModelGone;

  /** Written under the lock of this object. */
  private final Map<ModelName, ModelSeries> models = new ConcurrentHashMap<>();

  /** Guarded by the lock of this object. */
  private final Map<Key, VersionSeries> versions = new HashMap<>();

  /**
   * An empty table.
   *
   * @param onModelGone told, without a lock, which model has no open version any more
   */
  ModelTable(MeterRegistry registry, int versionsMax, Consumer<ModelName> onModelGone) {
    this.registry = registry;
    this.versionsMax = versionsMax;
    this.onModelGone = onModelGone;
  }

  /** Whether the model is open and shown under its own name. */
  boolean shows(ModelName model) {
    return Labels.own(model.value()) && models.containsKey(model);
  }

  synchronized ModelMeters open(ModelName model, VersionId version, QueueState queue) {
    Key key = labels(new Key(model, version));
    VersionSeries ofVersion =
        versions.computeIfAbsent(key, absent -> new VersionSeries(absent, registry));
    ModelSeries ofModel =
        models.computeIfAbsent(key.model(), absent -> new ModelSeries(absent, registry));
    ofVersion.use(queue);
    ofModel.use(queue);
    return new ModelMeters(ofVersion, ofModel, () -> close(ofVersion, ofModel, queue));
  }

  private Key labels(Key wanted) {
    boolean room = versions.size() - (versions.containsKey(OTHER) ? 1 : 0) < versionsMax;
    return Labels.own(wanted.model().value()) && (room || versions.containsKey(wanted))
        ? wanted
        : OTHER;
  }

  private void close(VersionSeries version, ModelSeries model, QueueState queue) {
    if (release(version, model, queue)) {
      onModelGone.accept(model.model());
    }
  }

  private synchronized boolean release(VersionSeries version, ModelSeries model, QueueState queue) {
    if (version.release(queue)) {
      versions.remove(version.key());
      version.remove();
    }
    boolean gone = model.release(queue);
    if (gone) {
      models.remove(model.model());
      model.remove();
    }
    return gone;
  }
}
