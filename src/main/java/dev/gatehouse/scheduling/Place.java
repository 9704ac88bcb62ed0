package dev.gatehouse.scheduling;

import dev.gatehouse.core.Refusal;

/** What the {@link AdmissionGate} answers: the flow that holds the permit now, or none. */
sealed interface Place<P, R> permits Flow, Place.None {

  /** Nothing is held. */
  record None<P, R>(Refusal refusal) implements Place<P, R> {}
}
