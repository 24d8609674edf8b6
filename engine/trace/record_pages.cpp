// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/record_pages.h"
