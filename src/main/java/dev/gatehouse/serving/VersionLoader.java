package dev.gatehouse.serving;

import dev.gatehouse.core.Ticker;
import dev.gatehouse.engine.LoadSettings;
import dev.gatehouse.engine.LoadedModel;
import dev.gatehouse.engine.ModelLoadException;
import dev.gatehouse.engine.TorchEngine;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.registry.ArtifactStore;
import dev.gatehouse.registry.DeploymentSettings;
import dev.gatehouse.registry.ModelVersion;
import dev.gatehouse.registry.NonFiniteOutputs;
import java.time.InstantSource;

/** Makes a running version of a registered one: its artifact, loaded by the engine. */
final class VersionLoader {

  private final ArtifactStore store;
  private final TorchEngine engine;
  private final GatewayMetrics metrics;
  private final InstantSource clock;
  private final Ticker ticker;

  VersionLoader(
      ArtifactStore store,
      TorchEngine engine,
      GatewayMetrics metrics,
      InstantSource clock,
      Ticker ticker) {
    this.store = store;
    this.engine = engine;
    this.metrics = metrics;
    this.clock = clock;
    this.ticker = ticker;
  }

  /**
   * Loads and warms up a version; blocks for {@link Deployer#LOAD_LIMIT} at most.
   *
   * @throws ModelLoadException if the artifact is no model of that signature
   * @throws dev.gatehouse.core.RefusedException as {@link ArtifactStore#read} does
   */
  RunningVersion start(ModelVersion version, RunningVersion.StuckListener onStuck)
      throws ModelLoadException {
    DeploymentSettings settings = version.deployment();
    if (settings == null) {
      throw new IllegalStateException("deployed without settings");
    }
    LoadedModel loaded =
        engine.load(
            version.model() + "/" + version.id(),
            artifact(version),
            version.signature(),
            new LoadSettings(
                settings.execution().instancesPerDevice(),
                settings.batching().rowsMax(),
                settings.batching().allowedRows(),
                settings.execution().nonFiniteOutputs() == NonFiniteOutputs.REFUSE,
                settings.execution().limit(),
                Deployer.LOAD_LIMIT,
                ticker));
    try {
      return RunningVersion.start(version, settings, loaded, metrics, clock, ticker, onStuck);
    } catch (RuntimeException | Error e) {
      loaded.close();
      throw e;
    }
  }

  /** The file of a version. */
  byte[] artifact(ModelVersion version) {
    return store.read(version.digest());
  }
}
