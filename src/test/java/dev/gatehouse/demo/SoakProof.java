package dev.gatehouse.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The short form of {@link Soak}; {@code ./mvnw -Psoak} runs it for longer. */
class SoakProof {

  private static final Duration LENGTH = Duration.ofMinutes(2);

  @Test
  void soak_mixedLoadAndDeployments_endsWhereItBegan() throws InterruptedException {
    assertEquals(List.of(), Soak.run(LENGTH));
  }
}
