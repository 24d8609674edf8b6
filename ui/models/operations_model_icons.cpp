// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/operations_model_icons.h"
