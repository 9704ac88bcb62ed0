/**
 * Signals from the rows that one caller sends to one model, and from the scores they get:
 * near-duplicate inputs, boundary probing, distances between queries, novelty, and an extraction
 * score of all of them. docs/security/abuse.md says what each is worth and what evades it.
 *
 * <p>Owns nothing outside its objects: plain Java, no clock, no meters, no framework. A {@link
 * dev.gatehouse.abuse.content.RowWatch} is for one caller and one model; watches of a model share
 * its {@link dev.gatehouse.abuse.content.Reference}.
 *
 * <p>Threads: one thread at a time uses a watch. References and {@link
 * dev.gatehouse.abuse.content.ContentSignals} are immutable.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A row that repeats one before bit for bit is counted, and changes no other signal: retries
 *       and polling neither raise them nor thin them out.
 *   <li>No value of a row or a score makes a signal NaN, and none is remembered for longer than the
 *       rows beside it: NaN counts as the feature's mean, infinities as its greatest amount, the
 *       row as novel; scores that are not all finite say nothing.
 *   <li>The extraction score never falls when a part of its evidence rises.
 *   <li>The same rows and the same seed give the same signals.
 * </ul>
 *
 * <p>Bounds: {@code RowWatch.BYTES_MAX} bytes a watch, {@code Reference.BYTES_MAX} a reference;
 * {@code RowSpace.FEATURES_MAX} features of a row, {@code RowSpace.DIMENSIONS_MAX} numbers it
 * becomes; {@code RecentRows.ROWS_MAX} signatures in {@code BANDS} bands of {@code SLOTS}; {@code
 * QueryDistances.MEMBERS_MAX} members of each of {@code CLASSES_MAX} sets, {@code DISTANCES_MAX}
 * distances; {@code Reference.EXAMPLES_MAX} examples and {@code PROTOTYPES_MAX} prototypes; {@code
 * RowWatch.CLASSES_MAX} classes of coverage.
 */
@NullMarked
package dev.gatehouse.abuse.content;

import org.jspecify.annotations.NullMarked;
