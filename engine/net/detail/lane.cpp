// SPDX-License-Identifier: BSL-1.0
#include "engine/net/detail/lane.h"

#include "engine/net/detail/args_state.h"

namespace swb::detail {

void OperationQueue::push(ArgsState& args) noexcept
{
    args.run.next = nullptr;
    if (tail)
        tail->run.next = &args;
    else
        head = &args;
    tail = &args;
}

ArgsState* OperationQueue::pop() noexcept
{
    ArgsState* const args = head;
    head = args->run.next;
    if (!head)
        tail = nullptr;
    args->run.next = nullptr;
    return args;
}

bool OperationQueue::remove(ArgsState& args) noexcept
{
    ArgsState* previous = nullptr;
    for (ArgsState* at = head; at; previous = at, at = at->run.next) {
        if (at != &args)
            continue;
        (previous ? previous->run.next : head) = args.run.next;
        if (tail == &args)
            tail = previous;
        args.run.next = nullptr;
        return true;
    }
    return false;
}

ArgsState* OperationQueue::contains(const ArgsState* args) const noexcept
{
    ArgsState* at = head;
    while (at && at != args)
        at = at->run.next;
    return at;
}

} // namespace swb::detail
