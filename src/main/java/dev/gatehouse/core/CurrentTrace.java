package dev.gatehouse.core;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The trace of the call that the current thread works for. */
public final class CurrentTrace {

  private static final ScopedValue<TraceId> TRACE = ScopedValue.newInstance();

  private CurrentTrace() {}

  /** Does {@code work} for a call of that trace; null if it has none. */
  public static <T> T during(@Nullable TraceId trace, Supplier<T> work) {
    return trace == null ? work.get() : ScopedValue.where(TRACE, trace).call(work::get);
  }

  /** The trace, or null if there is none. */
  public static @Nullable TraceId get() {
    return TRACE.isBound() ? TRACE.get() : null;
  }
}
