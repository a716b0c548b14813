/* SPDX-License-Identifier: GPL-2.0-only */
/* How handlers and policies are printed. */
#ifndef KAKU_SHOW_H
#define KAKU_SHOW_H

#include <stdio.h>

#include "cmd.h"
#include "json.h"

/* All counters that the kernel knows. */
void print_counters(const struct mm_policy_info *info, FILE *out, bool as_json);
void json_counters(struct json *json, const char *key, const struct mm_policy_info *info);

#endif /* KAKU_SHOW_H */
