package dev.gatehouse.audit;

/**
 * The record of administrative changes and security events of the whole installation: gapless, in
 * the database, with a Merkle tree over it.
 */
public interface ControlLog {

  /**
   * Appends an entry in the transaction of the change that it describes, which it joins. It comes
   * last: after it the transaction does nothing but commit, since it holds the one place at which
   * entries are numbered.
   *
   * @throws AuditUnavailableException if it cannot be written; the transaction must then not commit
   */
  void append(ControlEvent event);

  /**
   * Appends an entry soon, in a transaction of its own, if there is room: for refusals, which
   * changed nothing. Never waits. Those not accepted are counted, and an entry says how many there
   * were.
   */
  void offer(ControlEvent event);
}
