package dev.gatehouse.engine;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.TensorSpec;
import dev.gatehouse.core.Ticker;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * One copy of a model on one device, with the memory its batches are gathered in.
 *
 * <p>Runs one batch at a time, on the calling thread. All native memory belongs to {@code module},
 * {@code arrays} or {@code arena} and goes with them in {@link #release}, which {@link Occupancy}
 * lets happen once; what belongs to one execution goes at its end.
 */
final class Instance {

  private final int number;
  private final Device device;
  private final Signature signature;
  private final boolean graphOptimizer;
  private final Ticker ticker;
  private final int rowsMax;
  private final Occupancy occupancy;

  private final PtNDManager module;

  /** Holds tensors of every device: DJL would add a manager for each copy to the host. */
  private final PtNDManager arrays;

  private final Arena arena = Arena.ofShared();
  private final BatchBuffer[] buffers;
  private final PtSymbolBlock block;
  private final OutputReader reader;

  /**
   * Loads the model into memory of its own.
   *
   * @throws ModelLoadException if libtorch cannot read it
   */
  Instance(
      int number,
      Device device,
      byte[] artifact,
      Signature signature,
      boolean graphOptimizer,
      LoadSettings settings)
      throws ModelLoadException {
    this.number = number;
    this.device = device;
    this.signature = signature;
    this.graphOptimizer = graphOptimizer;
    this.ticker = settings.ticker();
    this.rowsMax = settings.batchRowsMax();
    this.occupancy = new Occupancy(ticker, settings.executionLimit());
    this.module = LibTorch.manager(device);
    this.arrays = LibTorch.manager(Device.cpu());
    this.reader = new OutputReader(signature.outputs(), arrays);
    this.buffers = new BatchBuffer[signature.inputs().size()];
    boolean loaded = false;
    try {
      for (int i = 0; i < buffers.length; i++) {
        buffers[i] = new BatchBuffer(arena, signature.inputs().get(i).datatype());
      }
      this.block = load(module, artifact);
      loaded = true;
    } finally {
      if (!loaded) {
        release();
      }
    }
  }

  private static PtSymbolBlock load(PtNDManager module, byte[] artifact) throws ModelLoadException {
    try {
      // Tensors go where this instance runs, wherever they were when the model was saved.
      PtSymbolBlock block =
          JniUtils.loadModule(module, new ByteArrayInputStream(artifact), true, false);
      // Loading from memory, unlike from a file, leaves the model as it was saved.
      JniUtils.enableInferenceMode(block);
      return block;
    } catch (EngineException | IOException e) {
      throw new ModelLoadException(
          "the file is no TorchScript archive that can be read: " + ErrorText.of(e), e);
    }
  }

  int number() {
    return number;
  }

  String device() {
    return device.isGpu() ? "gpu:" + device.getDeviceId() : "cpu";
  }

  Occupancy occupancy() {
    return occupancy;
  }

  /** The tensors of executions that were not released; none between executions. */
  int liveTensors() {
    return arrays.isOpen() ? arrays.getManagedArrays().size() : 0;
  }

  BatchOutcome run(List<List<Tensor>> calls)
      throws ExecutionFailedException, InstanceStuckException {
    Batch batch = Batch.of(signature, calls, rowsMax);
    enter();
    try {
      return execute(batch);
    } finally {
      leave();
    }
  }

  private void enter() throws InstanceStuckException {
    switch (occupancy.enter(ticker.nanos())) {
      case ENTERED -> {}
      case BUSY -> throw new IllegalStateException("an instance runs one batch at a time");
      case RELEASED -> throw new IllegalStateException("the model is closed");
      case STUCK -> throw new InstanceStuckException(number);
    }
  }

  /** A result that comes after the instance was given up is nobody's any more. */
  private void leave() throws InstanceStuckException {
    if (!occupancy.leave()) {
      release();
      throw new InstanceStuckException(number);
    }
  }

  private BatchOutcome execute(Batch batch) throws ExecutionFailedException {
    long start = ticker.nanos();
    ByteBuffer[] memory = new ByteBuffer[buffers.length];
    for (int i = 0; i < buffers.length; i++) {
      memory[i] = buffers[i].gather(batch.calls(), i);
    }
    long assembled = ticker.nanos();
    try (NDScope tensors = new NDScope()) {
      tensors.suppressNotUsedWarning();
      PtNDArray[] outputs = compute(batch, memory);
      ByteBuffer[] results = new ByteBuffer[outputs.length];
      for (int i = 0; i < outputs.length; i++) {
        results[i] = onHost(outputs[i]);
      }
      long computed = ticker.nanos();
      List<List<Tensor>> scattered = scatter(batch, outputs, results);
      return new BatchOutcome(
          scattered, assembled - start, computed - assembled, ticker.nanos() - computed);
    } catch (EngineException e) {
      throw new ExecutionFailedException("the model failed: " + ErrorText.of(e), e);
    }
  }

  private PtNDArray[] compute(Batch batch, ByteBuffer[] memory) throws ExecutionFailedException {
    if (!graphOptimizer) {
      // A setting of the thread, or of its carrier, which may differ at each execution.
      JniUtils.setGraphExecutorOptimize(false);
    }
    IValue[] inputs = new IValue[memory.length];
    try {
      for (int i = 0; i < inputs.length; i++) {
        TensorSpec spec = signature.inputs().get(i);
        inputs[i] =
            IValue.from(
                JniUtils.createNdFromByteBuffer(
                    arrays,
                    memory[i],
                    new ai.djl.ndarray.types.Shape(batch.shapes()[i].toArray()),
                    ElementTypes.of(spec.datatype()),
                    SparseFormat.DENSE,
                    device));
      }
      try (IValue returned = IValueUtils.forward(block, inputs)) {
        return reader.read(returned, batch.rows());
      }
    } finally {
      for (IValue input : inputs) {
        if (input != null) {
          input.close();
        }
      }
    }
  }

  /** The bytes of a checked output; they are valid until the scope of this execution ends. */
  private static ByteBuffer onHost(PtNDArray output) throws ExecutionFailedException {
    if (output.size() == 0) {
      return ByteBuffer.allocate(0);
    }
    PtNDArray onHost = output.getDevice().isGpu() ? output.toDevice(Device.cpu(), false) : output;
    return onHost.toByteBuffer(true);
  }

  private List<List<Tensor>> scatter(Batch batch, PtNDArray[] outputs, ByteBuffer[] results) {
    Shape[] shapes = new Shape[outputs.length];
    int[] rowBytes = new int[outputs.length];
    for (int i = 0; i < outputs.length; i++) {
      shapes[i] = Shape.of(outputs[i].getShape().getShape());
      rowBytes[i] = results[i].remaining() / batch.rows();
    }
    List<List<Tensor>> scattered = new ArrayList<>(batch.calls().size());
    int row = 0;
    for (List<Tensor> call : batch.calls()) {
      int rows = (int) call.getFirst().rows();
      List<Tensor> own = new ArrayList<>(outputs.length);
      for (int i = 0; i < outputs.length; i++) {
        byte[] bytes = new byte[rows * rowBytes[i]];
        results[i].get(row * rowBytes[i], bytes);
        TensorSpec spec = signature.outputs().get(i);
        Shape shape = rows == batch.rows() ? shapes[i] : shapes[i].withRows(rows);
        ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        own.add(new Tensor(spec.name(), spec.datatype(), shape, data));
      }
      scattered.add(own);
      row += rows;
    }
    return scattered;
  }

  /** Gives all native memory back; only for the one whom {@link Occupancy} told to. */
  void release() {
    // The model first: it may hold tensors that lie in the arena.
    try {
      module.close();
      arrays.close();
    } finally {
      arena.close();
    }
  }
}
