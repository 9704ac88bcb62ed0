package dev.gatehouse.abuse.watch;

import static dev.gatehouse.abuse.watch.WatchScript.ANNA;
import static dev.gatehouse.abuse.watch.WatchScript.BERT;
import static dev.gatehouse.abuse.watch.WatchScript.MODEL;
import static dev.gatehouse.abuse.watch.WatchScript.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Tensor;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class RowTableTest {

  private static final int PAIRS = 4;

  private final WatchScript script = new WatchScript(WatchScript.settings());
  private final RowTable table =
      new RowTable(
          PAIRS, References.read(null, new Random(1)), new RowBudget(2_000, 0), new Random(2));
  private long now;

  private int observe(CallerId caller, int rows) {
    return observe(caller, script.input(rows));
  }

  private int observe(CallerId caller, Tensor input) {
    return table.observe(AnsweredRows.of(caller, MODEL, List.of(input), List.of()), now);
  }

  private long looked(CallerId caller) {
    return table.read(caller, now).values().stream().mapToLong(s -> s.observedRows()).sum();
  }

  @Test
  void observe_aCallOfManyRows_looksAtAFewSpreadEvenly() {
    Tensor input = script.input(800);
    assertEquals(RowTable.ROWS_PER_CALL_MAX, observe(ANNA, input));
    assertEquals(RowTable.ROWS_PER_CALL_MAX, looked(ANNA));
    assertEquals(0, Objects.requireNonNull(table.read(ANNA, now).get(MODEL)).exactRepeats());
    assertEquals(3, observe(BERT, 3));
    assertEquals(3, looked(BERT));
  }

  @Test
  void observe_morePairsThanFit_forgetsTheOneSeenLongestAgoAndPinnedOnesLast() {
    table.pin(Set.of(ANNA));
    observe(ANNA, 1);
    for (int i = 0; i < 50; i++) {
      now += 2 * RowTable.TENURE_NANOS;
      observe(new CallerId("c-" + i), 1);
      assertTrue(table.size() <= PAIRS);
    }
    assertEquals(1, looked(ANNA));
    assertEquals(1, looked(new CallerId("c-49")));
    assertEquals(1, looked(new CallerId("c-47")));
    assertEquals(0, looked(new CallerId("c-46")));

    table.pin(Set.of(ANNA, new CallerId("c-47"), new CallerId("c-48"), new CallerId("c-49")));
    now += 2 * RowTable.TENURE_NANOS;
    observe(BERT, 1);
    assertEquals(1, looked(BERT), "even if all are pinned");
    assertEquals(0, looked(ANNA));
    table.forget(BERT);
    assertEquals(0, looked(BERT));
    assertEquals(PAIRS - 1, table.size());
  }

  /** More pairs in turns than fit: some are watched for long rather than none. */
  @Test
  void observe_morePairsInUseThanFit_newcomersSeldomGetAPlace() {
    int pairs = 4 * PAIRS;
    int begun = 0;
    for (int i = 0; i < 16_000; i++) {
      now += SECOND / 100;
      CallerId caller = new CallerId("c-" + i % pairs);
      boolean there = looked(caller) > 0;
      observe(caller, 1);
      begun += !there && looked(caller) > 0 ? 1 : 0;
    }
    assertTrue(begun < 16_000 / RowTable.NEWCOMERS, begun + " were begun anew");
    assertTrue(begun > PAIRS, "some were");
  }

  @Test
  void observe_morePairsAndRowsThanAreWanted_staysWithinTheBudget() {
    for (int i = 0; i < 4_000; i++) {
      observe(i % 2 == 0 ? ANNA : BERT, 8);
    }
    long first = looked(ANNA) + looked(BERT);
    assertEquals(1_000, first, "half is kept for others");
    observe(new CallerId("quiet"), 8);
    assertEquals(8, looked(new CallerId("quiet")));
    for (int i = 0; i < 10_000; i++) {
      now += SECOND / 1_000;
      observe(i % 2 == 0 ? ANNA : BERT, 8);
    }
    long all = looked(ANNA) + looked(BERT);
    assertTrue(all <= 2_000 * 11, all + " rows in 10 s");
    assertTrue(all > 2_000 * 9, all + " rows in 10 s");
  }

  @Test
  void observe_rowsThatGetWider_areLookedAtToTheirEnd() {
    for (int i = 1; i <= 100; i++) {
      byte[] bytes = new byte[i];
      bytes[i - 1] = (byte) i;
      assertEquals(
          1, observe(ANNA, new Tensor("x", Datatype.INT8, Shape.of(1, i), ByteBuffer.wrap(bytes))));
    }
    int wide = 10 * RowTable.NUMBERS_PER_ROW;
    Tensor row = new Tensor("x", Datatype.INT8, Shape.of(1, wide), ByteBuffer.allocate(wide));
    assertEquals(10, observe(BERT, row), "a wide row counts for more");
    assertEquals(1, looked(BERT));
    assertEquals(
        0, observe(BERT, new Tensor("x", Datatype.INT8, Shape.of(0, 4), ByteBuffer.allocate(0))));
    assertEquals(Set.of(new ModelName("digits")), table.read(ANNA, now).keySet());
  }
}
