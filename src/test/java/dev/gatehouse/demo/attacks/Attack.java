package dev.gatehouse.demo.attacks;

import java.util.Locale;

/** The attacks of the replay, in its order. */
enum Attack {
  /** Natural rows, one a second, as long as the replay lasts: it begins first and runs beside. */
  SLOW_DRIP(Scripts::slowDrip),
  /** About 2,000 natural rows a second. */
  FLOOD(Scripts::flood),
  /** The same by a caller that has called for a while, one row a second. */
  FLOOD_BY_A_KNOWN_CALLER(Scripts::floodAfterAWhile),
  /** Invented names of models, five a second. */
  MODEL_ENUMERATION(Scripts::enumeration),
  /** Invented API keys, fifty a second. */
  CREDENTIAL_STUFFING(Scripts::stuffing),
  /** One API key, in turns from three networks. */
  KEY_SHARING(Scripts::keySharing),
  /** Ten rows of noise a second. */
  EXTRACTION_BY_NOISE(Scripts::noise),
  /** Fifty seeds and steps along the copy's gradients, ten rows a second. */
  EXTRACTION_BY_JACOBIAN(Scripts::jacobian),
  /** Fifty seeds and steps towards other classes, ten rows a second. */
  EXTRACTION_BY_TARGETED_STEPS(Scripts::targeted),
  /** Ten natural rows a second. */
  EXTRACTION_WITH_NATURAL_INPUTS(Scripts::natural),
  /** Halving the way between rows of different classes, ten rows a second. */
  BOUNDARY_WALK(Scripts::boundaryWalk),
  /** Variations that hardly differ, ten rows a second. */
  NEAR_DUPLICATES(Scripts::nearDuplicates),
  /** Members and others in turns, ten rows a second. */
  MEMBERSHIP_INFERENCE(Scripts::membership),
  /** Costly calls that are cancelled while they run, eighteen a second. */
  CANCEL_ABUSE(Scripts::cancelAbuse),
  /** Inputs that a model fails on, and others that are not finite, ten a second. */
  POISON_INPUT(Scripts::poison);

  private final Script script;

  Attack(Script script) {
    this.script = script;
  }

  /** As it stands in tables and options. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether it runs beside all others instead of alone. */
  boolean background() {
    return this == SLOW_DRIP;
  }

  /** Whether what notices it can name no caller. */
  boolean anonymous() {
    return this == CREDENTIAL_STUFFING;
  }

  /** Attacks until the attacker may no more, or has nothing left to ask. */
  void run(Attacker attacker) throws InterruptedException {
    script.run(attacker);
  }

  /** What an attacker does. */
  @FunctionalInterface
  private interface Script {
    void run(Attacker attacker) throws InterruptedException;
  }
}
