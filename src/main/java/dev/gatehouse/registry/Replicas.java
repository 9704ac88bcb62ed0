package dev.gatehouse.registry;

import jakarta.inject.Singleton;
import jakarta.transaction.Transactional;
import jakarta.transaction.Transactional.TxType;
import java.time.Duration;
import java.util.Collection;

/**
 * The processes of the gateway that share this registry, as far as they have said lately that they
 * live. Time is the database's, so that no two clocks are compared.
 */
@Singleton
public class Replicas {

  /** How often a replica says that it lives. */
  public static final Duration BEAT_INTERVAL = Duration.ofSeconds(2);

  /** A replica that was silent for longer is dead: what it was about to do is done by another. */
  public static final Duration SILENCE_MAX = Duration.ofSeconds(10);

  /** The longest name of a replica for people. */
  public static final int NAME_LENGTH_MAX = 63;

  private final ReplicaRows rows;

  Replicas(ReplicaRows rows) {
    this.rows = rows;
  }

  /**
   * A replica lives; those that were silent for an hour are forgotten.
   *
   * @param name for people, 1 to {@link #NAME_LENGTH_MAX} characters
   * @param held what it runs or is about to load
   * @return how many live
   */
  @Transactional(TxType.MANDATORY)
  public int beat(ReplicaId id, String name, Collection<HeldVersion> held) {
    rows.beat(id, name, held);
    rows.forgetSilent();
    return rows.countAlive();
  }

  /** A replica ends; whatever it was about to do is for others at once. */
  @Transactional(TxType.MANDATORY)
  public void leave(ReplicaId id) {
    rows.remove(id);
  }
}
