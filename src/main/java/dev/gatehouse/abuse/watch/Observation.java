package dev.gatehouse.abuse.watch;

/** What waits for the thread of the watch. */
sealed interface Observation permits EndedCall, AnsweredRows {}
