package dev.gatehouse.engine;

import ai.djl.Device;
import ai.djl.pytorch.engine.PtNDManager;
import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.TensorSpec;
import dev.gatehouse.core.Ticker;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** The models of the tests, and an engine to load them with. */
public final class Samples {

  static final Duration MINUTE = Duration.ofMinutes(1);
  static final int ROWS_MAX = 8;

  private Samples() {}

  /** Extracted once in a build, whichever test comes first. */
  static Path nativeCache() {
    String build = System.getProperty("gatehouse.build.directory", "target");
    return Path.of(build, "native-libraries");
  }

  /** An engine on the CPU; to be closed. */
  public static TorchEngine engine() {
    return TorchEngine.start(new EngineSettings(new DeviceChoice.Cpu(), 1, 1, true, nativeCache()));
  }

  /** A file of the sample models, such as {@code slow.pt}. */
  public static byte[] bytes(String name) {
    try (InputStream in = Samples.class.getResourceAsStream("/models/" + name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static LoadSettings settings(int instances) {
    return settings(instances, SystemTime.ticker());
  }

  static LoadSettings settings(int instances, Ticker ticker) {
    return new LoadSettings(instances, ROWS_MAX, List.of(), false, MINUTE, MINUTE, ticker);
  }

  /** Batches of these sizes only, the last one the most. */
  static LoadSettings allowing(Integer... sizes) {
    int most = sizes[sizes.length - 1];
    return new LoadSettings(1, most, List.of(sizes), false, MINUTE, MINUTE, SystemTime.ticker());
  }

  static LoadedModel load(
      TorchEngine engine, String name, Signature signature, LoadSettings settings)
      throws ModelLoadException {
    return engine.load(name, bytes(name + ".pt"), signature, settings);
  }

  static LoadedModel load(TorchEngine engine, String name, Signature signature)
      throws ModelLoadException {
    return engine.load(name, bytes(name + ".pt"), signature, settings(1));
  }

  /** A signature of one input {@code x} and one output {@code y}. */
  static Signature signature(Datatype in, long[] inShape, Datatype out, long... outShape) {
    return new Signature(
        List.of(new TensorSpec("x", in, Shape.of(inShape))),
        List.of(new TensorSpec("y", out, Shape.of(outShape))));
  }

  /** FP32 rows of one width in, and the same out. */
  static Signature floats(long width) {
    return signature(Datatype.FP32, new long[] {-1, width}, Datatype.FP32, new long[] {-1, width});
  }

  static Tensor floats(String name, int rows, float... values) {
    ByteBuffer data = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    data.asFloatBuffer().put(values);
    Shape shape = Shape.of(rows, values.length / rows);
    return new Tensor(name, Datatype.FP32, shape, data);
  }

  static float[] floats(Tensor tensor) {
    float[] values = new float[tensor.data().remaining() / 4];
    tensor.bytes().asFloatBuffer().get(values);
    return values;
  }

  static Tensor ints(String name, int rows, int... values) {
    ByteBuffer data = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    data.asIntBuffer().put(values);
    return new Tensor(name, Datatype.INT32, Shape.of(rows, values.length / rows), data);
  }

  static int[] ints(Tensor tensor) {
    int[] values = new int[tensor.data().remaining() / 4];
    tensor.bytes().asIntBuffer().get(values);
    return values;
  }

  static Tensor longs(String name, int rows, long... values) {
    ByteBuffer data = ByteBuffer.allocate(values.length * 8).order(ByteOrder.LITTLE_ENDIAN);
    data.asLongBuffer().put(values);
    return new Tensor(name, Datatype.INT64, Shape.of(rows, values.length / rows), data);
  }

  /** The owners of native memory that are open in this process: some for each instance. */
  static int openOwners() {
    try (PtNDManager probe = LibTorch.manager(Device.cpu())) {
      String text = probe.getParentManager().toString();
      return Integer.parseInt(text.substring(text.lastIndexOf(' ') + 1));
    }
  }

  static byte[] raw(Tensor tensor) {
    byte[] bytes = new byte[tensor.data().remaining()];
    tensor.bytes().get(bytes);
    return bytes;
  }

  /** The test set: pixels, and the label last. */
  static List<float[]> digits() {
    List<float[]> rows = new ArrayList<>();
    new String(bytes("digits_test.csv"), java.nio.charset.StandardCharsets.US_ASCII)
        .lines()
        .skip(1)
        .forEach(line -> rows.add(row(line)));
    return rows;
  }

  private static float[] row(String line) {
    double[] values = Arrays.stream(line.split(",", -1)).mapToDouble(Double::parseDouble).toArray();
    float[] row = new float[values.length];
    for (int i = 0; i < row.length; i++) {
      row[i] = (float) values[i];
    }
    return row;
  }
}
