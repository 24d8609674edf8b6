// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/trace_store.h"
