package dev.gatehouse.demo.attacks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.demo.Digits;
import dev.gatehouse.testing.Folders;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ThiefTest {

  private static final Rows ROWS = Rows.read();

  /** The labels of people stand in for the model, which is right in 98 of 100. */
  private static final List<Digits.Row> TRAINING =
      Digits.read(Folders.project("src/test/resources/models/digits_train.csv")).rows();

  private static final List<Digits.Row> TEST =
      Digits.read(Folders.project("deploy/sample/digits_test.csv")).rows();

  private static float[] label(int digit) {
    float[] scores = new float[Surrogate.CLASSES];
    scores[digit] = 1;
    return scores;
  }

  private static Surrogate trainedOn(int count) {
    List<Digits.Row> some = TRAINING.subList(0, count);
    return Surrogate.trained(
        some.stream().map(Digits.Row::pixels).toList(),
        some.stream().map(row -> label(row.label())).toList(),
        1);
  }

  private static double agreement(Surrogate copy) {
    return copy.agreement(
        TEST.stream().map(Digits.Row::pixels).toList(),
        TEST.stream().mapToInt(Digits.Row::label).toArray());
  }

  @Test
  void copy_of500NaturalRows_agreesInMoreThan85Percent() {
    double agreement = agreement(trainedOn(500));
    assertTrue(agreement > 0.85, () -> "agreement " + agreement);
  }

  @Test
  void copy_ofTheSameAnswersAndSeed_isTheSame() {
    assertEquals(agreement(trainedOn(50)), agreement(trainedOn(50)));
  }

  @Test
  void belief_ofLabelsAndLogits_isWhatTheyMean() {
    assertEquals(1, Surrogate.belief(label(3))[3]);
    assertEquals(0, Surrogate.belief(label(3))[4]);
    float[] logits = new float[Surrogate.CLASSES];
    logits[2] = (float) Math.log(9);
    assertEquals(0.5, Surrogate.belief(logits)[2], 1e-6);
    float[] topOne = new float[Surrogate.CLASSES];
    Arrays.fill(topOne, -Float.MAX_VALUE);
    topOne[7] = 12;
    assertEquals(1, Surrogate.belief(topOne)[7]);
  }

  @Test
  void gradient_ofAClass_leadsTowardsIt() {
    Surrogate copy = trainedOn(300);
    int moved = 0;
    for (int i = 0; i < 50; i++) {
      float[] row = TEST.get(i).pixels().clone();
      int wanted = (copy.predicted(row) + 1) % Surrogate.CLASSES;
      for (int step = 0; step < 20; step++) {
        float[] gradient = copy.gradient(row, wanted);
        for (int p = 0; p < row.length; p++) {
          row[p] += Math.signum(gradient[p]) * 0.5f;
        }
      }
      moved += copy.predicted(row) == wanted ? 1 : 0;
    }
    assertTrue(moved > 40, "of 50 rows were moved to another class: " + moved);
  }

  @Test
  void jacobianAugmentation_doublesItsRowsByOneStepEach() {
    List<float[]> seeds = ROWS.thief().subList(0, 10);
    Augmentation queries = Augmentation.jacobian(seeds, new Random(1));
    List<float[]> asked = asked(queries, 40);
    assertEquals(seeds, asked.subList(0, 10));
    for (int i = 10; i < 40; i++) {
      float[] parent = asked.get(i < 20 ? i - 10 : i - 20);
      assertNotEquals(0, greatestStep(parent, asked.get(i)));
      assertTrue(greatestStep(parent, asked.get(i)) <= 1.6001f);
      assertInRange(asked.get(i));
    }
  }

  @Test
  void targetedAugmentation_staysWithinItsReach() {
    List<float[]> seeds = ROWS.thief().subList(0, 10);
    List<float[]> asked = asked(Augmentation.targeted(seeds, new Random(1)), 20);
    for (int i = 10; i < 20; i++) {
      assertNotEquals(0, greatestStep(asked.get(i - 10), asked.get(i)));
      assertTrue(greatestStep(asked.get(i - 10), asked.get(i)) <= 4.001f);
      assertInRange(asked.get(i));
    }
  }

  private static List<float[]> asked(Queries queries, int count) {
    List<float[]> asked = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      float[] row = queries.next().orElseThrow();
      asked.add(row);
      queries.answered(row, label(i % Surrogate.CLASSES));
    }
    return asked;
  }

  private static float greatestStep(float[] from, float[] to) {
    float greatest = 0;
    for (int i = 0; i < from.length; i++) {
      greatest = Math.max(greatest, Math.abs(from[i] - to[i]));
    }
    return greatest;
  }

  private static void assertInRange(float[] row) {
    for (float pixel : row) {
      assertTrue(pixel >= 0 && pixel <= Surrogate.PIXEL_MAX);
    }
  }

  @Test
  void boundaryWalk_endsOnBothSidesOfABoundary() {
    Surrogate model = trainedOn(300);
    BoundaryWalk walk = new BoundaryWalk(ROWS.thief(), new Random(1));
    double nearest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < 200; i++) {
      float[] row = walk.next().orElseThrow();
      walk.answered(row, label(model.predicted(row)));
      List<float[]> ends = walk.ends();
      if (!ends.isEmpty()) {
        assertNotEquals(model.predicted(ends.getFirst()), model.predicted(ends.getLast()));
        nearest = Math.min(nearest, greatestStep(ends.getFirst(), ends.getLast()));
      }
    }
    assertTrue(nearest < 0.1, "the nearest that two ends came: " + nearest);
  }

  @Test
  void membership_asksInTurnsAndComparesConfidence() {
    List<float[]> members = ROWS.thief().subList(0, 2);
    List<float[]> others = ROWS.heldOut().subList(0, 2);
    Membership membership = new Membership(members, others);
    assertEquals(0, membership.areaUnderCurve());
    for (int i = 0; i < 4; i++) {
      float[] row = membership.next().orElseThrow();
      float[] logits = new float[Surrogate.CLASSES];
      logits[0] = members.contains(row) ? 5 : 2;
      membership.answered(row, logits);
    }
    assertTrue(membership.next().isEmpty());
    assertEquals(1, membership.areaUnderCurve());
  }

  @Test
  void rows_ofTheParties_areDifferentImages() {
    assertEquals(600, ROWS.honest().size());
    assertEquals(500, ROWS.thief().size());
    assertEquals(397, ROWS.heldOut().size());
    for (float[] row : ROWS.thief()) {
      assertFalse(ROWS.honest().stream().anyMatch(other -> Arrays.equals(other, row)));
    }
  }
}
