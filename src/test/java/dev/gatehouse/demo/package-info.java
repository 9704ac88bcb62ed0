/**
 * Programs that show Gatehouse from outside: they start the real servers and the packaged gateway
 * as processes of their own and use nothing but its public interfaces.
 *
 * <p>Owns: {@link dev.gatehouse.demo.Quickstart}, which {@code ./mvnw -Pquickstart} runs, and in
 * the package {@code attacks} the replay of attacks.
 *
 * <p>Bounds: a service has {@link dev.gatehouse.demo.Classification#IN_FLIGHT_MAX} calls in flight,
 * a call has {@link dev.gatehouse.demo.Classification#ROWS_MAX} rows and {@link
 * dev.gatehouse.demo.Classification#CALL_SECONDS_MAX} seconds. Each part of the watch is waited for
 * at most five minutes.
 */
@NullMarked
package dev.gatehouse.demo;

import org.jspecify.annotations.NullMarked;
