/**
 * Loads TorchScript models and runs batches on them, on CPU and GPU; runs without Quarkus.
 *
 * <p>Owns libtorch and everything native in the process: {@link dev.gatehouse.engine.TorchEngine}
 * loads the libraries out of jars on the classpath (nothing is ever downloaded) and models out of
 * memory, {@link dev.gatehouse.engine.LoadedModel} runs them. Nothing outside this room touches
 * {@code ai.djl}. {@link dev.gatehouse.engine.EngineMain} tries it alone.
 *
 * <h2>Threads</h2>
 *
 * A batch runs on the thread that calls {@link dev.gatehouse.engine.LoadedModel#run}, one at a time
 * for each instance. One daemon thread, the watchdog, finds executions over their limit. Loading a
 * model, or an instance in the place of a stuck one, has a thread of its own, which is left behind
 * if the model never returns; several may load at once. Intra-op and inter-op threads are
 * libtorch's, as many as {@link dev.gatehouse.engine.EngineSettings} says.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>Native memory is released once, and never under a running native call; {@code Occupancy}
 *       tells how. What an execution allocates goes at its end, however it ends.
 *   <li>Memory that a model was given is not reused for anything else and not freed while the model
 *       is loaded, because the model may keep it.
 *   <li>A row is copied once on its way in, by {@code BatchBuffer}, and once on its way out, by
 *       {@code OutputRows}; a GPU needs one copy more each way. The tensors over the batch's memory
 *       are kept for the next batch of their shapes only if the model left them as they were.
 *   <li>What fills a batch up to an allowed size is a copy of its last row, and is in no output.
 *   <li>Nothing but the datatypes of {@code core} reaches the native layer, and BOOL elements reach
 *       it as 0 or 1 only.
 *   <li>Every output has the declared type, a shape the signature admits, and as many rows as the
 *       batch; each call gets its own rows in a buffer of its own.
 *   <li>An instance over its limit is never used again, and its result, should it come, is dropped.
 *       Another may take its number; its own thread releases its memory, should it ever return.
 * </ul>
 *
 * <h2>Bounds</h2>
 *
 * {@code EngineSettings.THREADS_MAX}, {@code DeviceChoice.GPUS_MAX}, {@code
 * LoadSettings.INSTANCES_PER_DEVICE_MAX}, {@code LoadSettings.BATCH_ROWS_LIMIT}, {@code
 * LoadSettings.ALLOWED_SIZES_MAX}, one input or output of a batch at most 2 GiB, {@code
 * WarmUp.INPUT_BYTES_MAX}, {@code InputTensors.SHAPES_MAX}, {@code OutputReader.WRAPPINGS_MAX},
 * {@code ErrorText.LENGTH_MAX}, {@code LoadedModel.REPLACEMENTS_MAX}. Loading takes at most {@code
 * LoadSettings.loadLimit}, an execution at most {@code LoadSettings.executionLimit} before it is
 * given up, one of the warm-up {@code WarmUp.LIMIT_FACTOR} times that.
 *
 * <h2>What cannot be prevented here</h2>
 *
 * TorchScript is code and runs in this process. A fault in native code ends the process; memory
 * that a model allocates is not limited; an archive made to harm can read files or corrupt memory
 * when it is loaded. Archives must be checked before they come here. Each failed execution loses a
 * few bytes in DJL's bridge (eight for each input).
 */
@NullMarked
package dev.gatehouse.engine;

import org.jspecify.annotations.NullMarked;
