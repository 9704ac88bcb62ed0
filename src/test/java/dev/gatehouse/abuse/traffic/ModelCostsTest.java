package dev.gatehouse.abuse.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** What a row usually costs is known after a while, and models that come and go are bounded. */
final class ModelCostsTest {

  private final ModelCosts costs = new ModelCosts();

  @Test
  void usualNanos_afterFiveMinutes_isTheMeanOfLogarithms() {
    for (int slice = 0; slice < ModelCosts.WARM_SLICES; slice++) {
      assertTrue(costs.usualNanos("digits").isEmpty());
      costs.vote("digits", 100, slice * ModelCosts.SLICE_NANOS);
      costs.vote("digits", 10_000, slice * ModelCosts.SLICE_NANOS);
    }
    costs.vote("digits", 1, ModelCosts.WARM_SLICES * ModelCosts.SLICE_NANOS);
    assertEquals(1_000, costs.usualNanos("digits").orElseThrow(), 1e-6);
  }

  @Test
  void vote_manyModels_keepsTheLatest() {
    for (int i = 0; i < 10_000; i++) {
      costs.vote("model-" + i, 100, 0);
    }
    assertEquals(ModelCosts.MODELS_MAX, costs.size());
  }
}
