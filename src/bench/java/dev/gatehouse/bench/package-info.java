/**
 * The load benchmark: measures the packaged gateway against what it is made of, in one run.
 *
 * <p>Owns: the program of the profile {@code bench}, the two servers it compares the gateway with
 * ({@link dev.gatehouse.bench.EchoServer}, {@link dev.gatehouse.bench.EngineServer}), each a
 * process of its own, and the report in {@code target/bench}. The load generator is the program's
 * own process.
 *
 * <p>How it measures: the load is closed, so that each of the {@code concurrency} slots sends its
 * next call when it has the answer to the last. Every row is run once to warm up and then once a
 * round, in rounds that go over all rows, every second one backwards, so that noise of the machine
 * hits all rows alike; figures are medians over the rounds, and ratios are medians of the ratios
 * within a round. A call that fails, or an answer that is not as it should be, ends the run.
 *
 * <p>Threads: calls are made and answered on gRPC's event loops; the main thread waits. One row
 * runs at a time.
 *
 * <p>Apart from that, {@link dev.gatehouse.bench.DecisionBench} measures with JMH what it costs to
 * know a caller and to decide what it may do.
 *
 * <p>Bounds: {@link dev.gatehouse.bench.LoadLoop#SETTLE_MAX} for the first and for the last calls
 * of a row, {@link dev.gatehouse.bench.Child#END_MAX} for a child to end.
 */
@NullMarked
package dev.gatehouse.bench;

import org.jspecify.annotations.NullMarked;
