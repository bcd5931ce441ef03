// A library that is loaded while the program runs.
int plugin_work(int n);

int plugin_work(int n)
{
    int sum = 0;                // hits: 2
    for (int i = 0; i < n; i++) // hits: 10
        sum += i;               // hits: 8
    return sum;                 // hits: 2
}
