package dev.gatehouse.demo.attacks;

import dev.gatehouse.demo.Digits;
import java.util.List;
import java.util.Random;

/**
 * A thief's copy of the model: two layers of neurons, trained on rows and the answers to them by
 * stochastic gradient descent with momentum. The same rows and seed give the same copy.
 *
 * <p>Not for several threads.
 */
final class Surrogate {

  /** Digits there are. */
  static final int CLASSES = 10;

  /** The most a pixel can be. */
  static final float PIXEL_MAX = 16;

  private static final int INPUTS = Digits.PIXELS;
  private static final int HIDDEN = 64;

  /** Rows a training goes over, whatever the number of different ones. */
  private static final int VISITS = 40_000;

  private static final int BATCH = 8;
  private static final float LEARNING_RATE = 0.05f;
  private static final float MOMENTUM = 0.9f;

  private final Layer first;
  private final Layer second;

  private Surrogate(Random random) {
    first = new Layer(INPUTS, HIDDEN, random);
    second = new Layer(HIDDEN, CLASSES, random);
  }

  /**
   * Trains a copy.
   *
   * @param rows at least one
   * @param beliefs for each row what {@link #belief} makes of the answer to it
   */
  static Surrogate trained(List<float[]> rows, List<float[]> beliefs, long seed) {
    Random random = new Random(seed);
    Surrogate copy = new Surrogate(random);
    for (int visit = 0; visit < VISITS; visit += BATCH) {
      for (int i = 0; i < BATCH; i++) {
        int row = random.nextInt(rows.size());
        copy.learn(scaled(rows.get(row)), beliefs.get(row));
      }
      // Towards the end in smaller steps, so that it settles.
      float rate = LEARNING_RATE * (visit < VISITS / 2 ? 1 : 0.2f) / BATCH;
      copy.first.step(rate, MOMENTUM);
      copy.second.step(rate, MOMENTUM);
    }
    return copy;
  }

  /**
   * The probabilities that a thief takes an answer to mean: an answer of one 1 among zeros is a
   * label, and anything else is logits.
   */
  static float[] belief(float[] scores) {
    return label(scores) ? scores.clone() : softmax(scores);
  }

  /** Whether an answer says no more than a class. */
  static boolean label(float[] scores) {
    float sum = 0;
    boolean bits = true;
    for (float score : scores) {
      sum += score;
      bits &= score == 0 || score == 1;
    }
    return bits && sum == 1;
  }

  /** The class of the greatest score. */
  static int greatest(float[] scores) {
    int best = 0;
    for (int c = 1; c < scores.length; c++) {
      best = scores[c] > scores[best] ? c : best;
    }
    return best;
  }

  private static float[] softmax(float[] scores) {
    float greatest = scores[greatest(scores)];
    float[] exponentials = new float[scores.length];
    float sum = 0;
    for (int c = 0; c < scores.length; c++) {
      exponentials[c] = (float) Math.exp(scores[c] - greatest);
      sum += exponentials[c];
    }
    for (int c = 0; c < scores.length; c++) {
      exponentials[c] /= sum;
    }
    return exponentials;
  }

  private static float[] scaled(float[] row) {
    float[] scaled = new float[INPUTS];
    for (int i = 0; i < INPUTS; i++) {
      scaled[i] = row[i] / PIXEL_MAX;
    }
    return scaled;
  }

  /** The class it takes a row for. */
  int predicted(float[] row) {
    return greatest(second.forward(first.forward(scaled(row), true), false));
  }

  /** The share of {@code rows} that it takes for the same classes. */
  double agreement(List<float[]> rows, int[] classes) {
    int same = 0;
    for (int i = 0; i < classes.length; i++) {
      same += predicted(rows.get(i)) == classes[i] ? 1 : 0;
    }
    return (double) same / classes.length;
  }

  /** How the logarithm of the probability of {@code wanted} changes with each pixel. */
  float[] gradient(float[] row, int wanted) {
    float[] hidden = first.forward(scaled(row), true);
    float[] error = softmax(second.forward(hidden, false));
    for (int c = 0; c < CLASSES; c++) {
      error[c] = (c == wanted ? 1 : 0) - error[c];
    }
    return first.backward(behindRectifier(second.backward(error), hidden));
  }

  private void learn(float[] input, float[] belief) {
    float[] hidden = first.forward(input, true);
    float[] error = softmax(second.forward(hidden, false));
    for (int c = 0; c < CLASSES; c++) {
      error[c] -= belief[c];
    }
    first.collect(behindRectifier(second.backward(error), hidden), input);
    second.collect(error, hidden);
  }

  private static float[] behindRectifier(float[] error, float[] hidden) {
    for (int i = 0; i < error.length; i++) {
      error[i] = hidden[i] > 0 ? error[i] : 0;
    }
    return error;
  }

  /** A fully connected layer, and the gradient collected for its next step. */
  private static final class Layer {
    private final int inputs;
    private final float[][] weights;
    private final float[][] gradients;
    private final float[][] velocities;

    Layer(int inputs, int outputs, Random random) {
      this.inputs = inputs;
      weights = new float[outputs][inputs + 1];
      gradients = new float[outputs][inputs + 1];
      velocities = new float[outputs][inputs + 1];
      // He et al., 2015: keeps the spread of what passes through rectifiers.
      double spread = Math.sqrt(2.0 / inputs);
      for (float[] row : weights) {
        for (int i = 0; i < inputs; i++) {
          row[i] = (float) (random.nextGaussian() * spread);
        }
      }
    }

    float[] forward(float[] input, boolean rectified) {
      float[] output = new float[weights.length];
      for (int o = 0; o < output.length; o++) {
        float[] row = weights[o];
        float sum = row[inputs];
        for (int i = 0; i < inputs; i++) {
          sum += row[i] * input[i];
        }
        output[o] = rectified && sum < 0 ? 0 : sum;
      }
      return output;
    }

    /** The error at the inputs that an error at the outputs comes of. */
    float[] backward(float[] error) {
      float[] back = new float[inputs];
      for (int o = 0; o < error.length; o++) {
        for (int i = 0; i < inputs; i++) {
          back[i] += error[o] * weights[o][i];
        }
      }
      return back;
    }

    void collect(float[] error, float[] input) {
      for (int o = 0; o < error.length; o++) {
        if (error[o] == 0) {
          continue;
        }
        float[] row = gradients[o];
        for (int i = 0; i < inputs; i++) {
          row[i] += error[o] * input[i];
        }
        row[inputs] += error[o];
      }
    }

    void step(float rate, float momentum) {
      for (int o = 0; o < weights.length; o++) {
        for (int i = 0; i <= inputs; i++) {
          velocities[o][i] = momentum * velocities[o][i] - rate * gradients[o][i];
          weights[o][i] += velocities[o][i];
          gradients[o][i] = 0;
        }
      }
    }
  }
}
