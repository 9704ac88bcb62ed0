package dev.gatehouse.bench;

import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.TensorSpec;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A model with calls of one row for it. */
enum Workload {
  /** Next to no computing: shows what a call costs. */
  ADD_SUB(
      "add_sub",
      "/models/add_sub.pt",
      List.of(spec("INPUT0", Datatype.INT32, 16), spec("INPUT1", Datatype.INT32, 16)),
      List.of(spec("OUTPUT0", Datatype.INT32, 16), spec("OUTPUT1", Datatype.INT32, 16)),
      1),
  /** A little computing, which pays off in batches. */
  DIGITS_CNN(
      "digits_cnn",
      "/models/digits_cnn.pt",
      List.of(spec("pixels", Datatype.FP32, 64)),
      List.of(spec("logits", Datatype.FP32, 10)),
      1),
  /** Bound by computing; its batches are so slow that a window must be longer to hold enough. */
  MOBILENET(
      "mobilenet_v3_small",
      "/mobilenet_v3_small_random.pt",
      List.of(spec("image", Datatype.FP32, 3, 224, 224)),
      List.of(spec("scores", Datatype.FP32, 1000)),
      2),
  /**
   * So much computing a batch, whatever its rows, that the queue is what calls wait for: the load
   * of the fairness rows, and of no other.
   */
  SLOW(
      "slow",
      "/models/slow.pt",
      List.of(spec("steps", Datatype.FP32, 1)),
      List.of(spec("result", Datatype.FP32, 1)),
      1);

  /** The version every model is published as. */
  static final String VERSION = "1";

  /** What is compared with the bare server and the engine. */
  static final List<Workload> COMPARED = List.of(ADD_SUB, DIGITS_CNN, MOBILENET);

  /** The rows of a batch of {@link #SLOW}: few, so that many batches wait in a short queue. */
  static final int SLOW_BATCH_ROWS_MAX = 8;

  /** How many matrix products a batch of {@link #SLOW} runs: some milliseconds. */
  private static final int SLOW_STEPS = 300;

  /** How many different calls there are. */
  static final int VARIANTS = 8;

  private final String title;
  private final String resource;
  private final Signature signature;
  private final int windows;

  Workload(
      String title,
      String resource,
      List<TensorSpec> inputs,
      List<TensorSpec> outputs,
      int windows) {
    this.title = title;
    this.resource = resource;
    this.signature = new Signature(inputs, outputs);
    this.windows = windows;
  }

  private static TensorSpec spec(String name, Datatype datatype, long... trailing) {
    long[] dimensions = new long[trailing.length + 1];
    dimensions[0] = Shape.VARIABLE;
    System.arraycopy(trailing, 0, dimensions, 1, trailing.length);
    return new TensorSpec(name, datatype, Shape.of(dimensions));
  }

  /** The name in the table. */
  String title() {
    return title;
  }

  /** The name in the gateway. */
  String modelId() {
    return title.replace('_', '-');
  }

  /** The TorchScript archive. */
  Path artifact() {
    URL url = Workload.class.getResource(resource);
    if (url == null) {
      throw new IllegalStateException("no " + resource + " on the classpath");
    }
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What it takes and gives. */
  Signature signature() {
    return signature;
  }

  /** How many windows one measurement of the gateway takes. */
  int windows() {
    return windows;
  }

  /** The inputs of one call, the same at every invocation and in every process. */
  List<Tensor> inputs(int variant) {
    List<Tensor> tensors = new ArrayList<>();
    for (int i = 0; i < signature.inputs().size(); i++) {
      TensorSpec spec = signature.inputs().get(i);
      Shape shape = spec.shape().withRows(1);
      tensors.add(
          new Tensor(spec.name(), spec.datatype(), shape, data(spec, shape, variant * 131 + i)));
    }
    return tensors;
  }

  private ByteBuffer data(TensorSpec spec, Shape shape, int seed) {
    int elements = Math.toIntExact(shape.elements());
    ByteBuffer data =
        ByteBuffer.allocate(elements * spec.datatype().bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < elements; i++) {
      int value = this == SLOW ? SLOW_STEPS : (seed + i * 7) % 17;
      switch (spec.datatype()) {
        case INT32 -> data.putInt(value);
        case FP32 -> data.putFloat(value);
        case BOOL, UINT8, INT8, INT64, FP16, FP64 ->
            throw new IllegalStateException("no workload has " + spec.datatype());
      }
    }
    return data.flip().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The bytes of each output for one row. */
  List<Integer> outputBytes() {
    return signature.outputs().stream()
        .map(spec -> (int) (spec.shape().withRows(1).elements() * spec.datatype().bytes()))
        .toList();
  }
}
