// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

namespace swb::trace {

/// What a question on another thread uses to be stopped, and to say how far it is.
class QueryControl {
public:
    bool isStopped() const { return m_stop.stop_requested(); }
    void setPermille(int permille) { m_permille.store(permille, std::memory_order_relaxed); }

private:
    template <typename Result> friend class BackgroundQuery;
    QueryControl(std::stop_token stop, std::atomic<int>& permille)
        : m_stop(std::move(stop))
        , m_permille(permille)
    {
    }
    std::stop_token m_stop;
    std::atomic<int>& m_permille;
};

/// Answers one question at a time on a thread of its own; a new question takes the place of the one
/// before, whose answer then never comes.
///
/// **Threads** one consumer. `wake` is called on the query's thread, without data, when an answer
/// can be taken; it must be quick, not throw, and not call back.
/// **Lifetime** its end asks a running question to stop, and waits for that.
template <typename Result> class BackgroundQuery {
public:
    /// Runs on the query's thread; no result when it was stopped. An exception is no result either.
    using Question = std::function<std::optional<Result>(QueryControl&)>;

    explicit BackgroundQuery(std::function<void()> wake)
        : m_wake(std::move(wake))
        , m_thread([this](const std::stop_token& stop) { run(stop); })
    {
    }
    ~BackgroundQuery() { cancel(); }
    BackgroundQuery(const BackgroundQuery&) = delete;
    BackgroundQuery& operator=(const BackgroundQuery&) = delete;

    void start(Question question)
    {
        {
            const std::lock_guard lock(m_mutex);
            m_current.request_stop();
            m_current = std::stop_source();
            m_question = std::move(question);
            m_result.reset();
            m_isRunning = true;
        }
        m_came.notify_one();
    }
    void cancel()
    {
        const std::lock_guard lock(m_mutex);
        m_current.request_stop();
        m_question = nullptr;
        m_result.reset();
        m_isRunning = false;
    }
    /// Neither answered nor given up.
    bool isRunning() const
    {
        const std::lock_guard lock(m_mutex);
        return m_isRunning;
    }
    int permille() const { return m_permille.load(std::memory_order_relaxed); }
    /// The answer, once.
    std::optional<Result> take()
    {
        const std::lock_guard lock(m_mutex);
        return std::exchange(m_result, std::nullopt);
    }

private:
    void run(const std::stop_token& stop)
    {
        for (;;) {
            Question question;
            std::stop_token current;
            {
                std::unique_lock lock(m_mutex);
                if (!m_came.wait(lock, stop, [this] { return m_question != nullptr; }))
                    return;
                question = std::exchange(m_question, nullptr);
                current = m_current.get_token();
                m_permille.store(0, std::memory_order_relaxed);
            }
            std::optional<Result> result;
            try {
                QueryControl control(current, m_permille);
                result = question(control);
            } catch (const std::exception&) { // No memory for it, most likely.
            }
            {
                const std::lock_guard lock(m_mutex);
                if (current.stop_requested())
                    continue;
                m_result = std::move(result);
                m_isRunning = false;
            }
            if (m_wake)
                m_wake();
        }
    }

    const std::function<void()> m_wake;
    mutable std::mutex m_mutex; ///< Guards everything up to m_isRunning.
    std::condition_variable_any m_came;
    std::stop_source m_current;
    Question m_question;
    std::optional<Result> m_result;
    bool m_isRunning = false;
    std::atomic<int> m_permille{0};
    std::jthread m_thread;
};

} // namespace swb::trace
