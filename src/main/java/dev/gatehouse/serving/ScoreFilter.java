package dev.gatehouse.serving;

import dev.gatehouse.access.OutputPolicy;
import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Tensor;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Makes of one output what an {@link OutputPolicy} gives of it, in a buffer of its own. A row is
 * what lies along the last dimension.
 *
 * <p>NaN is ranked below every number and is never among what is given of a ranking; rounding
 * leaves it, and infinities, as they are. Of equal scores the first counts; zeros are equal.
 */
final class ScoreFilter {

  /** What ranks lower than every number. */
  private static final long NOT_RANKED = Long.MIN_VALUE;

  private static final int SIGN_SHIFT = 63;

  /** Doubles from here on are whole numbers. */
  private static final double WHOLE_FROM = 0x1p53;

  /** Below this a product still tells halves apart. */
  private static final double EXACT_TO = 0x1p51;

  private static final double HALF = 0.5;

  private final OutputPolicy policy;
  private final Tensor output;
  private final Datatype datatype;
  private final ByteBuffer from;
  private final ByteBuffer to;
  private final int rowLength;

  ScoreFilter(OutputPolicy policy, Tensor output) {
    this.policy = policy;
    this.output = output;
    this.datatype = output.datatype();
    this.from = output.bytes().slice().order(ByteOrder.LITTLE_ENDIAN);
    this.to = ByteBuffer.allocate(from.remaining()).order(ByteOrder.LITTLE_ENDIAN);
    this.rowLength = Math.toIntExact(output.shape().dimension(output.shape().rank() - 1));
  }

  /** A tensor of the same name, datatype and shape. */
  Tensor given() {
    int elements = from.remaining() / datatype.bytes();
    switch (policy.detail()) {
      case LABEL_ONLY -> eachRow(elements, this::label);
      case TOP_K -> topK(elements);
      case ROUNDED -> round(elements);
      case ALL -> to.duplicate().put(from.duplicate());
    }
    return new Tensor(output.name(), datatype, output.shape(), to);
  }

  /** Works on the row that begins at an element. */
  @FunctionalInterface
  private interface RowWork {
    void row(int start);
  }

  private void eachRow(int elements, RowWork work) {
    for (int start = 0; start < elements; start += rowLength) {
      work.row(start);
    }
  }

  /** The buffer is all zeros before. */
  private void label(int start) {
    long best = NOT_RANKED;
    int place = -1;
    for (int i = start; i < start + rowLength; i++) {
      long rank = rank(get(i));
      if (rank > best) {
        best = rank;
        place = i;
      }
    }
    if (place >= 0) {
      put(place, 1);
    }
  }

  private void topK(int elements) {
    long[] greatest = new long[Math.min(policy.topK(), rowLength)];
    eachRow(elements, start -> topK(start, greatest));
  }

  private void topK(int start, long[] greatest) {
    long least = leastOfGreatest(start, greatest);
    int above = 0;
    for (int i = start; i < start + rowLength; i++) {
      if (rank(get(i)) > least) {
        above++;
      }
    }
    int ties = greatest.length - above;
    double withheld = withheld();
    for (int i = start; i < start + rowLength; i++) {
      long rank = rank(get(i));
      boolean kept = rank > least || (rank == least && rank != NOT_RANKED && ties-- > 0);
      if (kept) {
        copy(i);
      } else {
        put(i, withheld);
      }
    }
  }

  /**
   * The k-th greatest rank of a row, where k is the length of {@code heap}: a heap of the k
   * greatest so far, the least of them first.
   */
  private long leastOfGreatest(int start, long[] heap) {
    Arrays.fill(heap, NOT_RANKED);
    for (int i = start; i < start + rowLength; i++) {
      long rank = rank(get(i));
      if (rank > heap[0]) {
        heap[0] = rank;
        sink(heap);
      }
    }
    return heap[0];
  }

  private static void sink(long[] heap) {
    int at = 0;
    while (true) {
      int least = at;
      for (int child = 2 * at + 1; child <= 2 * at + 2 && child < heap.length; child++) {
        if (heap[child] < heap[least]) {
          least = child;
        }
      }
      if (least == at) {
        return;
      }
      long rank = heap[at];
      heap[at] = heap[least];
      heap[least] = rank;
      at = least;
    }
  }

  private double withheld() {
    return switch (policy.scores()) {
      case PROBABILITIES -> 0;
      case LOGITS ->
          switch (datatype) {
            case FP16 -> -65_504;
            case FP32 -> -Float.MAX_VALUE;
            case FP64 -> -Double.MAX_VALUE;
            case BOOL, UINT8, INT8, INT32, INT64 -> throw unfit();
          };
    };
  }

  private void round(int elements) {
    double scale = Math.pow(10, policy.decimals());
    for (int i = 0; i < elements; i++) {
      double score = get(i);
      if (Double.isFinite(score) && Math.abs(score) < WHOLE_FROM) {
        put(i, rounded(score, scale));
      } else {
        copy(i);
      }
    }
  }

  /** To the nearest multiple of 1/scale, of two to the even one; never a negative zero. */
  private double rounded(double score, double scale) {
    double scaled = score * scale;
    double whole = Math.rint(scaled);
    double nearHalf = Math.abs(Math.abs(scaled - whole) - HALF);
    double result =
        Math.abs(scaled) < EXACT_TO && nearHalf > Math.ulp(scaled)
            ? whole / scale
            // The product may be off by just what decides.
            : new BigDecimal(score)
                .setScale(policy.decimals(), RoundingMode.HALF_EVEN)
                .doubleValue();
    return result == 0 ? 0.0 : result;
  }

  /** A number that is ordered as the score is. */
  private static long rank(double score) {
    if (Double.isNaN(score)) {
      return NOT_RANKED;
    }
    long bits = Double.doubleToRawLongBits(score == 0 ? 0.0 : score);
    return bits ^ ((bits >> SIGN_SHIFT) & Long.MAX_VALUE);
  }

  private double get(int element) {
    return switch (datatype) {
      case FP16 -> Float.float16ToFloat(from.getShort(element * 2));
      case FP32 -> from.getFloat(element * 4);
      case FP64 -> from.getDouble(element * 8);
      case BOOL, UINT8, INT8, INT32, INT64 -> throw unfit();
    };
  }

  /** That FP16 is rounded by way of FP32 changes none of its values, for no number of decimals. */
  private void put(int element, double score) {
    switch (datatype) {
      case FP16 -> to.putShort(element * 2, Float.floatToFloat16((float) score));
      case FP32 -> to.putFloat(element * 4, (float) score);
      case FP64 -> to.putDouble(element * 8, score);
      case BOOL, UINT8, INT8, INT32, INT64 -> throw unfit();
    }
  }

  /** Gives an element as it is, to the last bit. */
  private void copy(int element) {
    switch (datatype) {
      case FP16 -> to.putShort(element * 2, from.getShort(element * 2));
      case FP32 -> to.putInt(element * 4, from.getInt(element * 4));
      case FP64 -> to.putLong(element * 8, from.getLong(element * 8));
      case BOOL, UINT8, INT8, INT32, INT64 -> throw unfit();
    }
  }

  private static IllegalStateException unfit() {
    return new IllegalStateException("scores are floating-point numbers");
  }
}
