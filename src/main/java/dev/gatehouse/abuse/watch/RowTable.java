package dev.gatehouse.abuse.watch;

import dev.gatehouse.abuse.content.ContentSignals;
import dev.gatehouse.abuse.content.RowWatch;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Tensor;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The pairs of caller and model whose rows are watched, at most {@link WatchSettings#pairsMax}.
 *
 * <p>Beyond that, the pair that was looked at longest ago is forgotten, those of pinned callers
 * last. While all were looked at within {@link #TENURE_NANOS}, one of {@link #NEWCOMERS} calls of
 * others gets a place: else many pairs in turns would all begin anew for ever, at the cost of a
 * fresh watch for each call. Used by the thread of the watch alone; {@link #PAIR_BYTES_MAX} bytes a
 * pair.
 */
final class RowTable {

  /** What a pair takes at most. */
  static final long PAIR_BYTES_MAX = RowWatch.BYTES_MAX + 512;

  /** Rows of one call that are looked at. */
  static final int ROWS_PER_CALL_MAX = 8;

  /** Numbers of a row for which it counts as one; a wider one counts for more. */
  static final int NUMBERS_PER_ROW = 4_096;

  /** A pair that was not looked at for a second is one that is seldom looked at. */
  static final long SELDOM_NANOS = 1_000_000_000L;

  static final long TENURE_NANOS = 60_000_000_000L;
  static final int NEWCOMERS = 16;

  private final int pairsMax;
  private final References references;
  private final RowBudget budget;
  private final RandomGenerator random;

  /** The pair looked at longest ago first. */
  private final LinkedHashMap<Pair, Watched> pairs = new LinkedHashMap<>();

  /** The same by caller. */
  private final Map<CallerId, Map<ModelName, Watched>> byCaller = new HashMap<>();

  private final TensorRow row = new TensorRow();
  private final TensorRow scores = new TensorRow();
  private Set<CallerId> pinned = Set.of();

  RowTable(int pairsMax, References references, RowBudget budget, RandomGenerator random) {
    this.pairsMax = pairsMax;
    this.references = references;
    this.budget = budget;
    this.random = random;
  }

  private record Pair(CallerId caller, ModelName model) {}

  /** One pair. */
  private static final class Watched {
    private RowWatch watch;
    private int width;
    private long lookedNanos;

    Watched(RowWatch watch, int width, long lookedNanos) {
      this.watch = watch;
      this.width = width;
      this.lookedNanos = lookedNanos;
    }
  }

  /** Looks at some rows of a call; returns how many came, wide ones counting for more. */
  int observe(AnsweredRows answered, long nowNanos) {
    Tensor input = answered.input();
    int width = TensorRow.width(input);
    if (width == 0) {
      return 0;
    }
    int rows = (int) input.rows();
    int looked = Math.min(rows, ROWS_PER_CALL_MAX);
    int cost = 1 + (width - 1) / NUMBERS_PER_ROW;
    Watched watched = find(answered, width, cost, nowNanos);
    if (watched == null) {
      return looked * cost;
    }
    boolean seldom = seldom(watched, nowNanos);
    // the first was paid for when the pair was found
    for (int i = 0; i < looked && (i == 0 || budget.take(cost, seldom, nowNanos)); i++) {
      int from = (int) ((long) i * rows / looked);
      int to = (int) ((long) (i + 1) * rows / looked);
      look(watched.watch, answered, random.nextInt(from, to), nowNanos);
    }
    watched.lookedNanos = nowNanos;
    return looked * cost;
  }

  private static boolean seldom(Watched watched, long nowNanos) {
    return nowNanos - watched.lookedNanos >= SELDOM_NANOS;
  }

  private void look(RowWatch watch, AnsweredRows answered, int at, long nowNanos) {
    row.read(answered.input(), at);
    Tensor given = answered.scores();
    if (given == null || at >= given.rows()) {
      watch.observe(row.numbers(), 0, row.length(), null, 0, 0, nowNanos);
      return;
    }
    scores.read(given, at);
    watch.observe(row.numbers(), 0, row.length(), scores.numbers(), 0, scores.length(), nowNanos);
  }

  /**
   * The pair, once one row of it is paid for; null if it gets no place or there is nothing left.
   */
  private @Nullable Watched find(AnsweredRows answered, int width, int cost, long nowNanos) {
    Pair pair = new Pair(answered.caller(), answered.model());
    Watched watched = pairs.get(pair);
    boolean seldom = watched == null || seldom(watched, nowNanos);
    if (!budget.take(cost, seldom, nowNanos) || (watched == null && !makeRoom(nowNanos))) {
      return null;
    }
    if (watched == null) {
      watched = new Watched(begin(pair, width), width, nowNanos - SELDOM_NANOS);
      byCaller.computeIfAbsent(pair.caller, caller -> new HashMap<>()).put(pair.model, watched);
    } else if (width > watched.width) {
      // of rows of different widths the rest would not be looked at; twice, so that it is seldom
      watched.width = Math.max(width, (int) Math.min(2L * watched.width, TensorRow.NUMBERS_MAX));
      watched.watch = begin(pair, watched.width);
    }
    pairs.putLast(pair, watched);
    return watched;
  }

  private RowWatch begin(Pair pair, int width) {
    return new RowWatch(references.of(pair.model, width));
  }

  private boolean makeRoom(long nowNanos) {
    if (pairs.size() < pairsMax) {
      return true;
    }
    Map.Entry<Pair, Watched> leaving = leaving();
    boolean inUse = nowNanos - leaving.getValue().lookedNanos < TENURE_NANOS;
    if (inUse && random.nextInt(NEWCOMERS) > 0) {
      return false;
    }
    remove(leaving.getKey());
    return true;
  }

  private Map.Entry<Pair, Watched> leaving() {
    Iterator<Map.Entry<Pair, Watched>> eldest = pairs.entrySet().iterator();
    Map.Entry<Pair, Watched> first = eldest.next();
    Map.Entry<Pair, Watched> next = first;
    while (pinned.contains(next.getKey().caller)) {
      if (!eldest.hasNext()) {
        return first;
      }
      next = eldest.next();
    }
    return next;
  }

  private void remove(Pair pair) {
    pairs.remove(pair);
    Map<ModelName, Watched> models = byCaller.get(pair.caller);
    if (models != null) {
      models.remove(pair.model);
      if (models.isEmpty()) {
        byCaller.remove(pair.caller);
      }
    }
  }

  /** Those whose pairs go last. */
  void pin(Set<CallerId> callers) {
    pinned = callers;
  }

  /** Forgets all pairs of a caller. */
  void forget(CallerId caller) {
    Map<ModelName, Watched> models = byCaller.remove(caller);
    if (models != null) {
      models.keySet().forEach(model -> pairs.remove(new Pair(caller, model)));
    }
  }

  /** The signals of a caller's rows, by model. */
  Map<ModelName, ContentSignals> read(CallerId caller, long nowNanos) {
    Map<ModelName, Watched> models = byCaller.get(caller);
    if (models == null) {
      return Map.of();
    }
    Map<ModelName, ContentSignals> signals = HashMap.newHashMap(models.size());
    models.forEach((model, watched) -> signals.put(model, watched.watch.signals(nowNanos)));
    return signals;
  }

  /** How many pairs are watched. */
  int size() {
    return pairs.size();
  }
}
