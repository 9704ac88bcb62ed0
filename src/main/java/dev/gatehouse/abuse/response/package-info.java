/**
 * What follows from alarms of the rules and alerts of Prometheus: findings, and what the policy
 * proposes about their callers.
 *
 * <p>{@link dev.gatehouse.abuse.response.Findings} keeps what was found, {@link
 * dev.gatehouse.abuse.response.Hand} turns alarms and alerts into findings and has the policy
 * decide about them. It proposes; whoever implements {@link
 * dev.gatehouse.abuse.response.Enforcement} applies, opens the transactions and records them. Owns
 * the tables of {@code V15__findings.sql} and {@code V16__findings_confirmed.sql}.
 *
 * <p>{@code HandHealth} is how that fares, for the metrics.
 *
 * <p>Threads: {@code gatehouse-hand} does what needs the database; the watch and the webhook only
 * leave it something. Transactions that note findings take an advisory lock of their caller first
 * and that of the control log last.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Of a rule, caller, model and source one finding is open.
 *   <li>Nothing leads to a restriction that this process does not see in its own traffic at that
 *       moment; and nothing supports one that no replica has seen so within the window.
 *   <li>An alert counts once a minute on all replicas together.
 * </ul>
 *
 * <p>Bounds: {@link dev.gatehouse.abuse.response.Findings#OPEN_MAX} open findings of a caller that
 * name a model, {@link dev.gatehouse.abuse.response.Findings#LASTING}, {@code
 * Hand.CONFIRMED_WITHIN}, {@link dev.gatehouse.abuse.response.Findings#RETENTION}, {@link
 * dev.gatehouse.abuse.response.Findings#ROWS_MAX} a question; {@code HeardAlarms.ALARMS_MAX} alarms
 * that wait for at most {@code HeardAlarms.KEPT_MAX}, {@link
 * dev.gatehouse.abuse.response.Hand#MESSAGES_MAX} messages of at most {@link
 * dev.gatehouse.abuse.response.Hand#ALERTS_MAX} alerts, {@code AlertCheck.AGE_MAX}.
 */
@NullMarked
package dev.gatehouse.abuse.response;

import org.jspecify.annotations.NullMarked;
