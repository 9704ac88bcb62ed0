package dev.gatehouse.bench;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.Batchifier;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.TensorSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * DJL's own predictor with the least that a user of it must do: a whole batch lies ready in one
 * direct buffer for each input, and each output is copied out once.
 */
final class PlainPredictor implements AutoCloseable {

  /**
   * A batch that lies ready.
   *
   * @param inputs in signature order
   */
  record Batch(List<Input> inputs) {
    /** The rows of one input. */
    record Input(ByteBuffer data, Shape shape, DataType datatype) {}

    /** So many rows, the workload's variants in turn. */
    static Batch of(Workload workload, int rows) {
      List<Input> inputs = new ArrayList<>();
      for (int i = 0; i < workload.signature().inputs().size(); i++) {
        TensorSpec spec = workload.signature().inputs().get(i);
        dev.gatehouse.core.Shape shape = spec.shape().withRows(rows);
        ByteBuffer data =
            ByteBuffer.allocateDirect((int) (shape.elements() * spec.datatype().bytes()))
                .order(ByteOrder.nativeOrder());
        for (int row = 0; row < rows; row++) {
          Tensor tensor = workload.inputs(row % Workload.VARIANTS).get(i);
          data.put(tensor.bytes());
        }
        inputs.add(new Input(data.flip(), new Shape(shape.toArray()), type(spec.datatype())));
      }
      return new Batch(inputs);
    }

    private static DataType type(Datatype datatype) {
      return switch (datatype) {
        case INT32 -> DataType.INT32;
        case FP32 -> DataType.FLOAT32;
        case BOOL, UINT8, INT8, INT64, FP16, FP64 ->
            throw new IllegalArgumentException("no workload has " + datatype);
      };
    }
  }

  private final Model model;
  private final Predictor<Batch, List<byte[]>> predictor;

  /** Loads a copy of the model. */
  PlainPredictor(Workload workload) throws IOException, MalformedModelException {
    model = Model.newInstance(workload.title(), Device.cpu(), "PyTorch");
    try (InputStream artifact = Files.newInputStream(workload.artifact())) {
      model.load(artifact);
    }
    predictor = model.newPredictor(new Plain());
  }

  List<byte[]> run(Batch batch) throws TranslateException {
    return predictor.predict(batch);
  }

  @Override
  public void close() {
    predictor.close();
    model.close();
  }

  private static final class Plain implements Translator<Batch, List<byte[]>> {
    @Override
    public NDList processInput(TranslatorContext context, Batch batch) {
      NDList list = new NDList();
      for (Batch.Input input : batch.inputs()) {
        list.add(
            context
                .getNDManager()
                .create(input.data().duplicate(), input.shape(), input.datatype()));
      }
      return list;
    }

    @Override
    public List<byte[]> processOutput(TranslatorContext context, NDList list) {
      return list.stream().map(NDArray::toByteArray).toList();
    }

    @Override
    public @Nullable Batchifier getBatchifier() {
      return null;
    }
  }
}
