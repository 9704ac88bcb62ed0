package dev.gatehouse.abuse.response;

import dev.gatehouse.core.CallerId;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What the hand needs done that is not this room's: transactions with their entry in the record,
 * restrictions, and counting.
 *
 * <p>Called by the thread of the hand; may block on the database, and throws if that is away.
 */
public interface Enforcement {

  /** What came of a proposal. */
  sealed interface Outcome {
    /**
     * The caller is held to it, now or since before.
     *
     * @param restriction the id of the restriction
     */
    record Restricted(String restriction) implements Outcome {}

    /** So many callers as may be were restricted within the last hour. */
    record Limited() implements Outcome {}

    /** The caller has a role of administration, or is not registered any more. */
    record Spared() implements Outcome {}

    /**
     * A person has released the caller within the time that the restriction would have had, and too
     * little is left that this does not excuse.
     */
    record Released() implements Outcome {}
  }

  /** Why nothing was done where the policy would have. */
  enum Withheld {
    /** The policy is in shadow mode. */
    SHADOW,
    /** This gateway does not see it itself. */
    UNCONFIRMED,
    /** Too many callers were restricted already. */
    LIMIT,
    /** The caller is not to be restricted by the policy. */
    SPARED,
    /** A person has released the caller lately, from this. */
    RELEASED
  }

  /** Whether a caller of this id is registered. */
  boolean registered(CallerId caller);

  /**
   * Runs {@code note} in a transaction, and records in it that a finding was made, if it is a new
   * one.
   */
  Optional<Noted> record(Supplier<Optional<Noted>> note);

  /**
   * Has a caller restricted, if that may be.
   *
   * @param without what is proposed without the rules of these ids, and what looks at the same
   *     things: those that led to a restriction that a person has ended. A function of its argument
   *     alone, called within the transaction that restricts
   */
  Outcome restrict(Proposal proposal, Function<Set<String>, Optional<Proposal>> without);

  /** Hears that a finding was made. */
  void made(Finding finding);

  /** Hears that something was not done. */
  void withheld(Withheld why);
}
