package dev.gatehouse.engine;

import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.TensorSpec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Runs an instance on zeros before any caller does, which proves that the model fits its signature
 * and lets libtorch compile and allocate what it will need.
 *
 * <p>Batches of one row and of as many as a batch may have are run. A variable dimension takes the
 * first of {@link #EXTENTS} with which the model does not fail: most models take any, but one for
 * images may need more than a few pixels.
 */
final class WarmUp {

  /** What a variable dimension is taken to be, in the order of trying. */
  static final List<Integer> EXTENTS = List.of(8, 64, 224);

  /**
   * The most bytes of one input; larger extents or batches are not tried, but one row always is.
   */
  static final long INPUT_BYTES_MAX = 256L << 20;

  /** The graph optimizer looks at the first execution and compiles at the second. */
  private static final int PASSES = 2;

  private WarmUp() {}

  static void run(Instance instance, Signature signature, int rowsMax) throws ModelLoadException {
    boolean variable = signature.inputs().stream().anyMatch(spec -> trailingVariable(spec));
    ModelLoadException first = null;
    for (int extent : variable ? EXTENTS : EXTENTS.subList(0, 1)) {
      if (first != null && bytes(signature, 1, extent) > INPUT_BYTES_MAX) {
        break;
      }
      try {
        run(instance, signature, rowsMax, extent);
        return;
      } catch (ModelLoadException e) {
        first = first == null ? e : first;
      }
    }
    if (first != null) {
      throw first;
    }
  }

  private static void run(Instance instance, Signature signature, int rowsMax, int extent)
      throws ModelLoadException {
    SortedSet<Integer> sizes = new TreeSet<>(List.of(1, rowsMax));
    for (int pass = 0; pass < PASSES; pass++) {
      for (int rows : sizes) {
        if (rows == 1 || bytes(signature, rows, extent) <= INPUT_BYTES_MAX) {
          run(instance, zeros(signature, rows, extent), rows);
        }
      }
    }
  }

  private static void run(Instance instance, List<Tensor> inputs, int rows)
      throws ModelLoadException {
    try {
      instance.run(List.of(inputs));
    } catch (ExecutionFailedException e) {
      throw new ModelLoadException(
          "warm-up with %d %s of zeros failed: %s"
              .formatted(rows, rows == 1 ? "row" : "rows", e.getMessage()),
          e);
    } catch (InstanceStuckException e) {
      throw new ModelLoadException("warm-up exceeded the execution limit", e);
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
