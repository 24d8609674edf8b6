// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/operation_record.h"
