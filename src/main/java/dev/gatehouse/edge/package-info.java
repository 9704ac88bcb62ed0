/**
 * The gRPC surface: limits of the transport, who may call which method, and the translation between
 * the wire and the use cases of {@code serving}.
 *
 * <p>The server is grpc-java's own on Netty (see docs/adr/0004-separate-grpc-server.md). A call
 * passes, from the outside in: the transport's limits and {@link dev.gatehouse.edge.InboundBudget},
 * {@link dev.gatehouse.edge.CallGate} (draining, calls in flight, metrics), {@link
 * dev.gatehouse.edge.OffLoop} (threads for calls that block), {@link
 * dev.gatehouse.edge.CallerCheck} (who calls, showing which certificate, and the right and the
 * step-up that the method is listed with in {@link dev.gatehouse.edge.MethodRights}), {@link
 * dev.gatehouse.edge.FaultBarrier}, {@link dev.gatehouse.edge.GuardedMarshalling}, and then the
 * endpoint.
 *
 * <p>Each message of {@code ModelStreamInfer} is decided, counted and recorded as a call of its
 * own; the stream counts by itself only if it had no message, or ended for what none was refused
 * for.
 *
 * <p>Over HTTP, on the management port, {@link dev.gatehouse.edge.BackChannelLogout} is answered
 * here, with at most {@link dev.gatehouse.edge.BackChannelLogout#BODY_BYTES_MAX} bytes, and {@link
 * dev.gatehouse.edge.AlertmanagerWebhook}, with at most {@link
 * dev.gatehouse.edge.AlertmanagerWebhook#BODY_BYTES_MAX} bytes and {@link
 * dev.gatehouse.edge.AlertmanagerWebhook#MESSAGES_AT_ONCE_MAX} at once, on threads of Quarkus'
 * pool.
 *
 * <p>Threads: the data plane runs on {@link dev.gatehouse.edge.EventLoops} and never blocks;
 * answers come from the batcher's threads and the journal's, which leave them in an {@link
 * dev.gatehouse.edge.Outbox} (those of streams they send themselves). Administration, and the
 * methods of the model repository, run on threads of its own, at most {@link
 * dev.gatehouse.edge.GrpcServer#ADMINISTRATION_THREADS_MAX} at once.
 *
 * <p>Invariants: a method that is not listed is denied; nothing of an exception reaches a caller
 * but a reference id; every refusal becomes a status in {@link dev.gatehouse.edge.RefusalStatus}
 * alone.
 *
 * <p>Spans of calls, where they are sent anywhere, are made in {@link
 * dev.gatehouse.edge.CallTraces} and leave on a thread of OpenTelemetry's own; at most {@link
 * dev.gatehouse.edge.CallTraces#WAITING_MAX} wait, and of calls of nobody at most {@link
 * dev.gatehouse.edge.CallTraces#STRANGERS_PER_SECOND_MAX} are made a second.
 *
 * <p>Bounds: all in {@link dev.gatehouse.edge.EdgeSettings}; a page has at most {@link
 * dev.gatehouse.registry.Page#SIZE_MAX} entries, an upload chunk {@link
 * dev.gatehouse.edge.UploadStream#CHUNK_BYTES_MAX} bytes, and the health service {@link
 * dev.gatehouse.edge.HealthEndpoint#WATCHERS_MAX} watchers. A stream has at most {@link
 * dev.gatehouse.edge.InferenceStream#IN_FLIGHT_MAX} messages in flight, fewer where they come to
 * more than {@link dev.gatehouse.edge.InferenceStream#BYTES_MAX}.
 */
@NullMarked
package dev.gatehouse.edge;

import org.jspecify.annotations.NullMarked;
