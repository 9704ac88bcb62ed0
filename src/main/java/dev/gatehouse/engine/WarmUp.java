package dev.gatehouse.engine;

import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.TensorSpec;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Runs an instance on zeros before any caller does, which proves that the model fits its signature
 * and lets libtorch compile and allocate what it will need.
 *
 * <p>All sizes that the settings allow are run. Where any size is allowed, one row and the most
 * rows are, and on a GPU, which prepares for each size on its own, the powers of two between. A
 * variable dimension takes the first of {@link #EXTENTS} with which the model does not fail: most
 * models take any, but one for images may need more than a few pixels.
 */
final class WarmUp {

  /** What a variable dimension is taken to be, in the order of trying. */
  static final List<Integer> EXTENTS = List.of(8, 64, 224);

  /**
   * The most bytes of one input; larger extents or batches are not tried, but the smallest batch
   * always is.
   */
  static final long INPUT_BYTES_MAX = 256L << 20;

  /** How much longer than any later execution one may take: the first ones compile and allocate. */
  static final int LIMIT_FACTOR = 10;

  /** The graph optimizer looks at the first execution and compiles at the second. */
  private static final int PASSES_OPTIMIZED = 2;

  private final Signature signature;
  private final SortedSet<Integer> sizes;
  private final int passes;

  WarmUp(Signature signature, LoadSettings settings, boolean gpu, boolean graphOptimizer) {
    this.signature = signature;
    this.sizes = sizes(settings, gpu);
    this.passes = graphOptimizer ? PASSES_OPTIMIZED : 1;
  }

  private static SortedSet<Integer> sizes(LoadSettings settings, boolean gpu) {
    if (!settings.allowedBatchRows().isEmpty()) {
      return new TreeSet<>(settings.allowedBatchRows());
    }
    SortedSet<Integer> sizes = new TreeSet<>(List.of(1, settings.batchRowsMax()));
    for (int rows = 2; gpu && rows < settings.batchRowsMax(); rows *= 2) {
      sizes.add(rows);
    }
    return sizes;
  }

  /** The longest that one execution may take, in nanoseconds. */
  static long limitNanos(LoadSettings settings) {
    Duration loadLimit = settings.loadLimit();
    Duration limit = settings.executionLimit();
    return limit.compareTo(loadLimit.dividedBy(LIMIT_FACTOR)) < 0
        ? limit.multipliedBy(LIMIT_FACTOR).toNanos()
        : loadLimit.toNanos();
  }

  /** The numbers of rows that are run. */
  SortedSet<Integer> sizes() {
    return sizes;
  }

  /** Runs it; the instance can run on, unless this fails. */
  void run(Instance instance) throws ModelLoadException {
    boolean variable = signature.inputs().stream().anyMatch(spec -> trailingVariable(spec));
    ModelLoadException first = null;
    for (int extent : variable ? EXTENTS : EXTENTS.subList(0, 1)) {
      if (first != null && bytes(signature, sizes.first(), extent) > INPUT_BYTES_MAX) {
        break;
      }
      try {
        run(instance, extent);
        return;
      } catch (ModelLoadException e) {
        first = first == null ? e : first;
        if (!instance.occupancy().usable()) {
          break;
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }

  private void run(Instance instance, int extent) throws ModelLoadException {
    for (int pass = 0; pass < passes; pass++) {
      for (int rows : sizes) {
        if (rows == sizes.first() || bytes(signature, rows, extent) <= INPUT_BYTES_MAX) {
          run(instance, zeros(signature, rows, extent), rows);
        }
      }
    }
  }

  private static void run(Instance instance, List<Tensor> inputs, int rows)
      throws ModelLoadException {
    try {
      instance.run(List.of(inputs));
    } catch (ExecutionFailedException | DeviceMemoryException e) {
      throw new ModelLoadException(
          "warm-up with %d %s of zeros failed: %s"
              .formatted(rows, rows == 1 ? "row" : "rows", e.getMessage()),
          e);
    } catch (InstanceStuckException e) {
      throw new ModelLoadException("warm-up exceeded the limit of an execution", e);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new ModelLoadException("the signature's inputs are too large to warm up", e);
    }
  }

  private static boolean trailingVariable(TensorSpec spec) {
    return spec.shape().trailing().variable();
  }

  private static long bytes(Signature signature, int rows, int extent) {
    long most = 0;
    for (TensorSpec spec : signature.inputs()) {
      try {
        long elements = actual(spec, rows, extent).elements();
        most = Math.max(most, Math.multiplyExact(elements, spec.datatype().bytes()));
      } catch (ArithmeticException e) {
        return Long.MAX_VALUE;
      }
    }
    return most;
  }

  private static Shape actual(TensorSpec spec, int rows, int extent) {
    long[] dimensions = spec.shape().toArray();
    for (int i = 0; i < dimensions.length; i++) {
      if (dimensions[i] == Shape.VARIABLE) {
        dimensions[i] = i == 0 ? rows : extent;
      }
    }
    return Shape.of(dimensions);
  }

  private static List<Tensor> zeros(Signature signature, int rows, int extent)
      throws ModelLoadException {
    List<Tensor> tensors = new ArrayList<>();
    for (TensorSpec spec : signature.inputs()) {
      Shape shape = actual(spec, rows, extent);
      long bytes = bytes(signature, rows, extent);
      if (bytes > Integer.MAX_VALUE) {
        throw new ModelLoadException("input `" + spec.name() + "` is larger than 2 GiB for a row");
      }
      int length = (int) (shape.elements() * spec.datatype().bytes());
      tensors.add(
          new Tensor(spec.name(), spec.datatype(), shape, ByteBuffer.allocateDirect(length)));
    }
    return tensors;
  }
}
