package dev.gatehouse.engine;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDScope;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.Ticker;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;

/**
 * One copy of a model on one device, with the memory its batches are gathered in.
 *
 * <p>Runs one batch at a time, on the calling thread. All native memory belongs to {@code module},
 * {@code inputs}, {@code arrays} or {@code arena} and goes with them in {@link #release}, which
 * {@link Occupancy} lets happen once; what belongs to one execution goes at its end.
 */
final class Instance {

  private final int number;
  private final Device device;
  private final Signature signature;
  private final boolean graphOptimizer;
  private final Ticker ticker;
  private final int rowsMax;
  private final int[] allowed;
  private final boolean finiteRequired;
  private final Occupancy occupancy;

  private final PtNDManager module;

  /** Holds tensors of every device: DJL would add a manager for each copy to the host. */
  private final PtNDManager arrays;

  private final Arena arena = Arena.ofShared();
  private final BatchBuffer[] buffers;
  private final ByteBuffer[] gathered;
  private final InputTensors inputs;
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
    this.allowed = settings.allowedBatchRows().stream().mapToInt(Integer::intValue).toArray();
    this.finiteRequired = settings.finiteOutputsRequired();
    this.occupancy = new Occupancy(ticker);
    this.module = LibTorch.manager(device);
    this.arrays = LibTorch.manager(Device.cpu());
    this.reader = new OutputReader(signature.outputs(), arrays);
    this.inputs = new InputTensors(signature.inputs(), device);
    this.buffers = new BatchBuffer[signature.inputs().size()];
    this.gathered = new ByteBuffer[buffers.length];
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

  /** The tensors kept for batches to come. */
  InputTensors inputs() {
    return inputs;
  }

  /** The tensors of executions that were not released; none between executions. */
  int liveTensors() {
    return arrays.isOpen() ? arrays.getManagedArrays().size() : 0;
  }

  boolean released() {
    return !arena.scope().isAlive();
  }

  BatchOutcome run(List<List<Tensor>> calls)
      throws ExecutionFailedException, DeviceMemoryException, InstanceStuckException {
    Batch batch = Batch.of(signature, calls, rowsMax, allowed);
    long startNanos = ticker.nanos();
    enter(startNanos);
    try {
      return execute(batch, startNanos);
    } finally {
      leave();
    }
  }

  private void enter(long nowNanos) throws InstanceStuckException {
    switch (occupancy.enter(nowNanos)) {
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

  private BatchOutcome execute(Batch batch, long startNanos)
      throws ExecutionFailedException, DeviceMemoryException {
    ByteBuffer[] memory = gather(batch);
    long assembledNanos = ticker.nanos();
    try (NDScope tensors = new NDScope()) {
      tensors.suppressNotUsedWarning();
      OutputRows rows = compute(batch, memory);
      long computedNanos = ticker.nanos();
      List<List<Tensor>> outputs = rows.scatter(batch);
      BitSet nonFinite = finiteRequired ? OutputRows.nonFinite(outputs) : new BitSet(0);
      return new BatchOutcome(
          outputs,
          assembledNanos - startNanos,
          computedNanos - assembledNanos,
          ticker.nanos() - computedNanos,
          nonFinite,
          batch.paddedRows());
    } catch (EngineException e) {
      throw failed(e);
    }
  }

  private ByteBuffer[] gather(Batch batch) throws DeviceMemoryException {
    try {
      for (int i = 0; i < buffers.length; i++) {
        gathered[i] = buffers[i].gather(batch, i);
      }
      return gathered;
    } catch (
        OutOfMemoryError e) { // of the JVM's bound for native memory, which fewer rows may meet
      throw new DeviceMemoryException("no memory to gather the batch in", e);
    }
  }

  private OutputRows compute(Batch batch, ByteBuffer[] memory) throws ExecutionFailedException {
    // A thread-local of libtorch: of this thread, or of its carrier, or left by another engine's
    // model. Asking whether it must be set would cost as much as setting it.
    JniUtils.setGraphExecutorOptimize(graphOptimizer);
    InputTensors.Given given = inputs.over(memory, batch.shapes());
    try (IValue returned = IValueUtils.forward(block, given.values())) {
      return OutputRows.onHost(signature.outputs(), reader.read(returned, batch.size()), batch);
    } finally {
      inputs.giveBack(given);
    }
  }

  private ExecutionFailedException failed(EngineException failure) throws DeviceMemoryException {
    String reason = ErrorText.of(failure);
    if (!MemoryErrors.is(failure.getMessage())) {
      return new ExecutionFailedException("the model failed: " + reason, failure);
    }
    if (device.isGpu()) {
      // What libtorch keeps for later may be in pieces too small for anything.
      JniUtils.emptyCudaCache();
    }
    throw new DeviceMemoryException("no memory left on " + device() + ": " + reason, failure);
  }

  /** Gives all native memory back if it is idle; false if it runs, or somebody else did. */
  boolean retire() {
    if (!occupancy.retire()) {
      return false;
    }
    release();
    return true;
  }

  /** Gives all native memory back; only for the one whom {@link Occupancy} told to. */
  private void release() {
    // The model first: it may hold tensors that lie in the arena.
    try {
      module.close();
      inputs.close();
      arrays.close();
    } finally {
      arena.close();
    }
  }
}
