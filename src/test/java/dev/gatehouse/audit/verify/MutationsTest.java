package dev.gatehouse.audit.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.audit.verify.Mutation.Expected;
import dev.gatehouse.keys.SigningKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is done to a record, the verifier says so, and where. */
@TestInstance(Lifecycle.PER_CLASS)
final class MutationsTest {

  private static final int MUTATIONS = Integer.getInteger("gatehouse.mutations", 6_000);

  private static @Nullable WrittenRecord another;

  private WrittenRecord record;

  @BeforeAll
  void write(@TempDir Path keys) {
    record = WrittenRecord.written(SigningKey.open(keys.resolve("key.json"), true));
    another = WrittenRecord.written(SigningKey.open(keys.resolve("other.json"), true));
  }

  /** The same record, signed with a key of the same name that nobody trusts. */
  static WrittenRecord ofAnotherKey() {
    return Objects.requireNonNull(another);
  }

  @Test
  void verify_anyMutation_isFoundInItsPlace(@TempDir Path folder) {
    long seed = Long.getLong("gatehouse.mutations.seed", new SplittableRandom().nextLong());
    System.out.println("MutationsTest seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    List<Mutation> mutations = new ArrayList<>(List.of(JournalMutations.values()));
    mutations.addAll(List.of(FooterMutations.values()));
    mutations.addAll(List.of(ControlMutations.values()));
    mutations.addAll(List.of(ClaimMutations.values()));
    Map<String, Integer> done = new TreeMap<>();
    Map<String, String> missed = new TreeMap<>();
    for (int i = 0; i < MUTATIONS; i++) {
      Mutation mutation = mutations.get(i % mutations.size());
      WrittenRecord changed = record.copy();
      Expected expected = mutation.apply(changed, random);
      if (expected == null) {
        continue;
      }
      Report report = changed.verify(folder);
      if (!expected.fits(report)) {
        missed.putIfAbsent(
            mutation.place(),
            "%s: expected %s, got %s".formatted(mutation.place(), expected, report.findings()));
      }
      done.merge(mutation.place(), 1, Integer::sum);
    }
    assertTrue(missed.isEmpty(), () -> "seed " + seed + "\n" + String.join("\n", missed.values()));
    assertEquals(mutations.size(), done.size(), done::toString);
    System.out.println("MutationsTest " + done);
    assertTrue(record.verify(folder).verifies());
  }
}
