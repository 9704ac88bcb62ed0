package dev.gatehouse.scheduling;

import java.util.List;

/**
 * Cuts the payload of a call with more rows than a batch holds, and joins the results of its parts.
 *
 * <p>Both methods are called without any lock: {@code part} on the submitting thread, {@code join}
 * on the one that delivers.
 *
 * @param <P> what a call brings
 * @param <R> what a call gets
 */
public interface PayloadParts<P, R> {

  /** The rows from {@code firstRow}, {@code rows} of them, as a payload of their own. */
  P part(P payload, int firstRow, int rows);

  /** The result of the whole, from those of its parts in the order of their rows. */
  R join(List<R> parts);
}
