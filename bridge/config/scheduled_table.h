/* scheduled_table.h - the commands that a bridge can start at given times
 *
 * SPDX-License-Identifier: MIT
 *
 * SCHEDULED(id, command, meaning of its option in [schedule], fixed arguments or NULL).
 * Each is a command of the program that runs once and exits; it also gets "-c FILE" and the
 * options of [schedule].
 */

SCHEDULED(DOMAIN, "domain", "when the records of all domains are checked and stored", "--all",
	  "--store")
SCHEDULED(NOTIFY, "notify", "when changes are sent, such as every 10m", NULL)
SCHEDULED(DIGEST, "digest", "when digests that are due are sent, such as daily 06:30", NULL)
