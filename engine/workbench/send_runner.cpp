// SPDX-License-Identifier: BSL-1.0
#include "engine/workbench/send_runner.h"

#include "engine/net/engine_timer.h"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <utility>

namespace swb::workbench {

namespace {

/// Operations started in one go before others on the thread get their turn.
constexpr int kStartsInTurn = 256;

bool disconnects(TransmitFileOptions flags)
{
    return hasFlag(flags, TransmitFileOptions::Disconnect | TransmitFileOptions::ReuseSocket);
}

TransmitFileOptions withoutDisconnect(TransmitFileOptions flags)
{
    const auto ending
        = static_cast<int>(TransmitFileOptions::Disconnect | TransmitFileOptions::ReuseSocket);
    return static_cast<TransmitFileOptions>(static_cast<int>(flags) & ~ending);
}

} // namespace

class SendRunner::Impl {
public:
    using Clock = std::chrono::steady_clock;
    enum class Step : std::uint8_t { Start, Wait, Sleep, Finish };

    Impl(AsyncEngine& engine, Socket toSocket, std::string toSubject,
        std::vector<QueueItem> allItems, SendRunOptions runOptions)
        : socket(std::move(toSocket))
        , subject(std::move(toSubject))
        , options(runOptions)
        , timer(engine)
    {
        std::copy_if(std::make_move_iterator(allItems.begin()),
            std::make_move_iterator(allItems.end()), std::back_inserter(items),
            [](const QueueItem& item) { return item.enabled; });
        options.inFlight = std::max(options.inFlight, 1U);
        const std::uint64_t perRound = items.empty() ? 0 : options.each ? items.size() : 1;
        endless = options.repeat == 0 && perRound != 0;
        total = perRound * options.repeat;
    }

    Step nextStep(Clock::time_point now);
    SendRequest request(std::uint64_t number) const;
    void pump();
    void startOne(std::unique_lock<std::mutex>& lock);
    void take(const SendOutcome& outcome);
    void takeTicket(const SendTicket& ticket);
    void pause(std::chrono::nanoseconds time);
    void finish(std::unique_lock<std::mutex>& lock);

    const Socket socket;
    const std::string subject;
    SendRunOptions options;
    std::vector<QueueItem> items;
    bool endless = false;
    std::uint64_t total = 0; ///< Operations of the whole run, unless endless.
    std::shared_ptr<SendOperations> sends;
    EngineTimer timer;
    std::weak_ptr<SendRunner> owner;

    mutable std::mutex mutex; // guards everything below; not held while anything outside is called
    std::shared_ptr<SendRunner> keepAlive;
    Done done;
    SendRunResult soFar;
    std::uint64_t next = 0; ///< Number of the operation to start next.
    std::uint64_t inFlight = 0;
    Clock::time_point notBefore{};
    bool pumping = false; ///< A thread is in pump() ...
    bool again = false; ///< ... and has to look once more before it leaves.
    bool sleeping = false; ///< The timer will call pump().
    bool finished = false;
};

/// Precondition: the lock is held.
SendRunner::Impl::Step SendRunner::Impl::nextStep(Clock::time_point now)
{
    const bool nothingLeft = soFar.cancelled || soFar.failed != 0 || (!endless && next >= total);
    if (nothingLeft)
        return inFlight == 0 ? Step::Finish : Step::Wait;
    if (inFlight >= options.inFlight)
        return Step::Wait;
    return now < notBefore ? Step::Sleep : Step::Start;
}

SendRequest SendRunner::Impl::request(std::uint64_t number) const
{
    SendRequest result;
    const bool last = !endless && number + 1 == total;
    if (options.each)
        result = SendRequest::single(items[number % items.size()]);
    else
        result.items = items;
    result.flags = last ? options.flags : withoutDisconnect(options.flags);
    result.sendSize = options.sendSize;
    // SendAsync has no flags to disconnect with.
    if (last && disconnects(options.flags))
        result.operation = SocketAsyncOperation::SendPackets;
    return result;
}

/// Starts what may be started. Runs on one thread at a time; others leave word by `again`.
void SendRunner::Impl::pump()
{
    // `finish` may let go of the last other reference.
    const auto self = owner.lock();
    std::unique_lock lock(mutex);
    if (finished)
        return;
    if (pumping) {
        again = true;
        return;
    }
    pumping = true;
    for (int starts = 0;; ++starts) {
        again = false;
        const auto now = Clock::now();
        const Step step = nextStep(now);
        if (step == Step::Start && starts < kStartsInTurn) {
            if (options.interval.count() > 0)
                notBefore = now + options.interval;
            startOne(lock);
            continue;
        }
        if (step == Step::Finish) {
            finish(lock);
            return;
        }
        if (step != Step::Wait && !sleeping) {
            sleeping = true;
            lock.unlock();
            pause(step == Step::Sleep ? notBefore - now : std::chrono::nanoseconds{0});
            lock.lock();
        }
        if (!again)
            break;
    }
    pumping = false;
}

void SendRunner::Impl::pause(std::chrono::nanoseconds time)
{
    timer.expireAfter(time, [weak = owner] {
        const auto self = weak.lock();
        if (!self)
            return;
        {
            const std::scoped_lock lock(self->m_impl->mutex);
            self->m_impl->sleeping = false;
        }
        self->m_impl->pump();
    });
}

void SendRunner::Impl::startOne(std::unique_lock<std::mutex>& lock)
{
    const std::uint64_t number = next++;
    ++inFlight;
    lock.unlock();
    const SendTicket ticket = sends->start(socket, request(number), subject);
    lock.lock();
    takeTicket(ticket);
    // cancel() may have come while the operation was not in the list yet.
    if (ticket.pending && soFar.cancelled) {
        lock.unlock();
        sends->cancel(ticket.operationId);
        lock.lock();
    }
}

/// Precondition: the lock is held.
void SendRunner::Impl::takeTicket(const SendTicket& ticket)
{
    if (ticket.operationId != 0)
        ++soFar.operations;
    if (ticket.pending) {
        ++soFar.pending;
        return;
    }
    --inFlight;
    if (ticket.operationId != 0)
        ++soFar.synchronous;
    soFar.bytes += ticket.bytesDone;
    if (ticket.error == SocketError::OperationAborted)
        ++soFar.aborted;
    if (ticket.problem) {
        ++soFar.failed;
        if (!soFar.problem)
            soFar.problem = ticket.problem;
    }
}

void SendRunner::Impl::take(const SendOutcome& outcome)
{
    {
        const std::scoped_lock lock(mutex);
        --inFlight;
        soFar.bytes += outcome.bytes;
        const bool aborted = outcome.error == SocketError::OperationAborted;
        if (aborted)
            ++soFar.aborted;
        if (outcome.error != SocketError::Success) {
            ++soFar.failed;
            if (!soFar.problem && !(aborted && soFar.cancelled)) {
                soFar.problem = problemFromResult(
                    toString(outcome.operation), subject, outcome.error, outcome.nativeError);
            }
        }
    }
    pump();
}

void SendRunner::Impl::finish(std::unique_lock<std::mutex>& lock)
{
    finished = true;
    const Done call = std::exchange(done, nullptr);
    const auto self = std::exchange(keepAlive, nullptr);
    const SendRunResult result = soFar;
    lock.unlock();
    if (call)
        call(result);
}

std::shared_ptr<SendRunner> SendRunner::create(AsyncEngine& engine, Socket socket,
    std::string subject, std::vector<QueueItem> items, SendRunOptions options)
{
    std::shared_ptr<SendRunner> runner(new SendRunner(std::make_unique<Impl>(
        engine, std::move(socket), std::move(subject), std::move(items), options)));
    runner->m_impl->owner = runner;
    runner->m_impl->sends = SendOperations::create(
        [weak = std::weak_ptr<SendRunner>(runner)](const SendOutcome& outcome) {
            if (const auto self = weak.lock())
                self->m_impl->take(outcome);
        });
    runner->m_impl->sends->keepPayloadIn(runner->m_impl->options.payload);
    return runner;
}

SendRunner::SendRunner(std::unique_ptr<Impl> impl)
    : m_impl(std::move(impl))
{
}

SendRunner::~SendRunner() = default;

void SendRunner::start(Done done)
{
    {
        const std::scoped_lock lock(m_impl->mutex);
        m_impl->done = std::move(done);
        m_impl->keepAlive = shared_from_this();
    }
    m_impl->pump();
}

void SendRunner::cancel()
{
    {
        const std::scoped_lock lock(m_impl->mutex);
        if (m_impl->finished)
            return;
        m_impl->soFar.cancelled = true;
        if (!m_impl->keepAlive)
            return; // not started: start() will end at once
    }
    m_impl->sends->cancelAll();
    m_impl->pump();
}

SendRunResult SendRunner::result() const
{
    const std::scoped_lock lock(m_impl->mutex);
    return m_impl->soFar;
}

} // namespace swb::workbench
