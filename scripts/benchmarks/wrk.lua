-- Sends the prepared requests one after the other, beginning at a given one.
-- Arguments: the file of requests (each after eight digits of length), the first to send.
local requests, place = {}, 0

function init(arguments)
    local file = assert(io.open(arguments[1], "rb"))
    local text = file:read("*a")
    file:close()
    local position = 1
    while position < #text do
        local length = tonumber(text:sub(position, position + 7))
        requests[#requests + 1] = text:sub(position + 8, position + 7 + length)
        position = position + 8 + length
    end
    place = tonumber(arguments[2]) % #requests
end

function request()
    place = place % #requests + 1
    return requests[place]
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '\n{"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f, "failures": %d}\n',
        summary.requests, summary.duration / 1e6,
        latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
